import type { Metadata } from 'next';
import Link from 'next/link';
import { Empty } from '@/components/empty';
import { PageHead } from '@/components/page-head';
import { Refresh } from '@/components/refresh';
import { listMails, type MailSummary } from '@/lib/demo/mailbox';
import { type Formats, formatsOf, formatTime } from '@/lib/figures/format';
import { requirePerson } from '@/lib/sign-in/session';
import { memberAddresses } from '@/lib/store/member-addresses';

export const metadata: Metadata = { title: 'Mail' };

export default async function MailPage() {
  const { organization } = await requirePerson();
  const mails = await listMails(await memberAddresses(organization.id));
  return (
    <>
      <PageHead title="Mail">
        What the mail server of this demo has received for the members of {organization.name}.
      </PageHead>
      <Refresh every={10} />
      <MailList mails={mails} formats={formatsOf(organization)} />
    </>
  );
}

function MailList({
  mails,
  formats,
}: {
  readonly mails: readonly MailSummary[] | undefined;
  readonly formats: Formats;
}) {
  if (mails === undefined) {
    return (
      <Empty title="The demo's mail server does not run">
        <p>It runs with the demo. Where RESEND_API_KEY is set, mails go to their real receivers.</p>
      </Empty>
    );
  }
  if (mails.length === 0) {
    return (
      <Empty title="No mails yet">
        <p>Alerts of high severity and reports with recipients are sent by mail, and appear here.</p>
      </Empty>
    );
  }
  return (
    <ul className="stack-small">
      {mails.map(({ id, subject, to, receivedAt, attachments }) => (
        <li key={id} className="card stack-small">
          <h2>
            <Link href={`/mail/${encodeURIComponent(id)}`}>{subject || 'Without a subject'}</Link>
          </h2>
          <p className="quiet small break">
            To {to.join(', ')} · {formatTime(receivedAt, formats)}
            {attachments.length === 0 ? '' : ` · ${attachments.map(({ filename }) => filename).join(', ')}`}
          </p>
        </li>
      ))}
    </ul>
  );
}
