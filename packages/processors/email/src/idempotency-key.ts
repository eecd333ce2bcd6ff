/** The key by which a provider knows mails that it has been handed before. */
import { createHash } from 'node:crypto';

/** Resend's limit, and enough for everybody. */
const MAX_LENGTH = 256;

/**
 * `email-sending/JOB`, and for the mails of a batch `email-sending/JOB/FIRST`: always the same for the same mails.
 *
 * @param first which of the job's mails is the first one; left out where there is one mail
 */
export function idempotencyKey(job: { readonly queue: string; readonly id: string }, first?: number): string {
  const key = [job.queue, job.id, ...(first === undefined ? [] : [first])].join('/');
  // It goes into a header: what does not fit there, or is too long, is hashed.
  if (key.length <= MAX_LENGTH && /^[\x21-\x7e]*$/.test(key)) return key;
  return `${job.queue}/${createHash('sha256').update(key).digest('hex')}`;
}
