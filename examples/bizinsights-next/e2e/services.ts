/** What a test does at the platforms of the sandbox, and reads at the mail server. */
import { inject } from 'vitest';
import { z } from 'zod';

export type Platform = 'shopify' | 'stripe' | 'google-analytics' | 'facebook-ads' | 'woocommerce';

/** The platform no longer accepts the credentials, or accepts them again. */
export async function setAccess(platform: Platform, { isLost }: { readonly isLost: boolean }): Promise<void> {
  await ask(`/platforms/${platform}/access`, { lost: isLost });
}

/** The platform's next answers are late, so that a sync can be watched. @param ms of each */
export async function delayAnswers(
  platform: Platform,
  { answers, ms }: { answers: number; ms: number },
): Promise<void> {
  await ask(`/platforms/${platform}/delays`, { answers, ms });
}

/** Time in the shops stops, or goes on: their figures can then be compared. */
export async function setClock({ isRunning }: { readonly isRunning: boolean }): Promise<void> {
  await ask('/clock', { running: isRunning });
}

const mails = z.array(z.object({ id: z.string(), subject: z.string(), to: z.array(z.string()) }));
export type Mail = z.output<typeof mails>[number];

/** Of all organizations, the newest first. */
export async function receivedMails(): Promise<Mail[]> {
  return mails.parse(await ask('/mails'));
}

async function ask(path: string, body?: object): Promise<unknown> {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(new URL(path, inject('demo').servicesUrl), init);
  if (!response.ok) throw new Error(`The demo's services answered ${response.status} for ${path}`);
  return await response.json();
}
