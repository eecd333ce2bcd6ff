import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { PageHead } from '@/components/page-head';
import { findMail } from '@/lib/demo/mailbox';
import { formatBytes, formatsOf, formatTime } from '@/lib/figures/format';
import { requirePerson } from '@/lib/sign-in/session';
import { memberAddresses } from '@/lib/store/member-addresses';

export const metadata: Metadata = { title: 'A mail' };

export default async function OneMailPage({ params }: { readonly params: Promise<{ readonly id: string }> }) {
  const { organization } = await requirePerson();
  const mail = await findMail((await params).id, await memberAddresses(organization.id));
  if (!mail) notFound();
  const formats = formatsOf(organization);
  return (
    <>
      <PageHead
        title={mail.subject || 'Without a subject'}
        actions={
          <Link className="button" href="/mail">
            All mails
          </Link>
        }
      >
        From {mail.from} to {mail.to.join(', ')}, {formatTime(mail.receivedAt, formats)}
      </PageHead>
      {mail.attachments.length === 0 ? null : (
        <ul className="row small" aria-label="Attachments">
          {mail.attachments.map(({ filename, bytes }) => (
            <li key={filename} className="badge">
              {filename} ({formatBytes(bytes, formats)})
            </li>
          ))}
        </ul>
      )}
      <iframe
        className="mail-frame"
        title={`Content of “${mail.subject}”`}
        src={`/mail/${encodeURIComponent(mail.id)}/content`}
        sandbox="allow-popups allow-popups-to-escape-sandbox"
      />
    </>
  );
}
