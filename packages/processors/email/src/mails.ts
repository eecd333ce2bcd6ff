/** The mails of a job, whichever form it has. */
import { parseAddresses } from './address.js';
import type { EmailBrand } from './brand.js';
import type { EmailAddress, RenderedEmail } from './ports.js';
import type { BatchMail, EmailAddresses, EmailAttachment, EmailHeaders, EmailLocale } from './queue.js';
import { renderNamed } from './render.js';
import type { EmailTemplate } from './template.js';

/** A job of any template. */
export interface AnyEmailJob {
  readonly template: string;
  readonly from?: string | undefined;
  readonly replyTo?: EmailAddresses | undefined;
  readonly subject?: string | undefined;
  readonly locale?: EmailLocale | undefined;
  readonly timeZone?: string | undefined;
  readonly headers?: EmailHeaders | undefined;
  readonly to?: EmailAddresses | undefined;
  readonly cc?: EmailAddresses | undefined;
  readonly bcc?: EmailAddresses | undefined;
  readonly variables?: unknown;
  readonly attachments?: readonly EmailAttachment[] | undefined;
  readonly messages?: readonly BatchMail[] | undefined;
}

/** What is one by one in a job: recipients and variables. */
export interface Mail extends BatchMail {
  readonly attachments?: readonly EmailAttachment[] | undefined;
}

export function mailsOf(job: AnyEmailJob): readonly Mail[] {
  if (job.messages) return job.messages;
  const { to = [], cc, bcc, variables, attachments } = job;
  return [{ to, cc, bcc, variables, attachments }];
}

/** Renders one of them. The same mail always comes out the same: see {@link EmailTemplate}. */
export async function renderMail(
  mail: Mail,
  job: AnyEmailJob,
  template: EmailTemplate<unknown>,
  from: EmailAddress,
  brand: EmailBrand | undefined,
): Promise<RenderedEmail> {
  const content = await renderNamed(job.template, template, mail.variables, {
    locale: mail.locale ?? job.locale ?? 'en',
    timeZone: mail.timeZone ?? job.timeZone ?? 'UTC',
    brand,
    sender: from.name ?? from.address,
  });
  return {
    ...content,
    subject: mail.subject ?? job.subject ?? content.subject,
    from,
    to: parseAddresses(mail.to),
    cc: parseAddresses(mail.cc),
    bcc: parseAddresses(mail.bcc),
    replyTo: parseAddresses(job.replyTo),
    headers: { ...job.headers, ...mail.headers },
    attachments: mail.attachments ?? [],
  };
}
