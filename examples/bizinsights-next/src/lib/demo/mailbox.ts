/** The mails that the demo's mail server has received, asked of the demo's services. */
import { z } from 'zod';

const summary = z.object({
  id: z.string(),
  receivedAt: z.number(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  attachments: z.array(z.object({ filename: z.string(), bytes: z.number() })),
});
export type MailSummary = z.output<typeof summary>;

const mail = summary.extend({ html: z.string(), text: z.string() });
export type ReceivedMail = z.output<typeof mail>;

/** Newest first: those to the given addresses alone. Undefined: the mail server does not run. */
export async function listMails(addresses: readonly string[]): Promise<MailSummary[] | undefined> {
  const answer = await ask('/mails');
  return (
    answer &&
    z
      .array(summary)
      .parse(await answer.json())
      .filter((one) => isTo(one, addresses))
  );
}

/** Undefined where it is not there, or to other addresses. */
export async function findMail(id: string, addresses: readonly string[]): Promise<ReceivedMail | undefined> {
  const answer = await ask(`/mails/${encodeURIComponent(id)}`);
  if (!answer?.ok) return undefined;
  const found = mail.parse(await answer.json());
  return isTo(found, addresses) ? found : undefined;
}

function isTo({ to }: MailSummary, addresses: readonly string[]): boolean {
  return to.some((address) => addresses.includes(address.toLowerCase()));
}

async function ask(path: string): Promise<Response | undefined> {
  const base = process.env.DEMO_SERVICES_URL?.trim();
  if (!base) return undefined;
  try {
    return await fetch(new URL(path, base), { cache: 'no-store' });
  } catch (error) {
    // `fetch` fails so where nothing listens: the page says that the mail server does not run.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
