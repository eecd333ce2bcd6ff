/** Mails with a key of their own are sent once, whatever became of the job that has sent them. */
import type { JobContext } from '@bizinsights/jobs-core';
import type { EmailQueue, EmailResult } from './queue.js';

/** Longer than a job that adds mails may fail and be retried by hand. ms */
const REMEMBERED = 30 * 86_400_000;

/** What is known of the key of a job. */
export interface SentOnce {
  /** Of the job that has sent the mails; undefined: none has. */
  readonly earlier: EmailResult | undefined;
  /** The mails are sent. */
  remember(result: EmailResult): Promise<void>;
}

/**
 * Undefined for a job without a key.
 *
 * @throws {RetryAfterError} while another job of the key runs
 */
export async function sentOnce(job: JobContext<EmailQueue>): Promise<SentOnce | undefined> {
  const { idempotencyKey: key } = job.data;
  if (key === undefined) return undefined;
  const name = `email:sent:${key}`;
  await job.lock(name);
  const earlier = await job.cache.get<Pick<EmailResult, 'sent' | 'ids'>>(name);
  return {
    earlier: earlier && { ...earlier, rejected: [] },
    // Nobody's address is kept for so long.
    remember: ({ sent, ids }) => job.cache.set(name, { sent, ids }, REMEMBERED),
  };
}
