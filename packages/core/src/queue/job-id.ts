/**
 * Ids for jobs that the caller did not name.
 *
 * They are made here and not by the store, so that an `add` whose answer got lost on the way can be sent again: the
 * store knows the id, and adds nothing. Each is a random part of this process and a counter: short, as it is part of
 * several keys and of each message about the job.
 */
import { randomBytes } from 'node:crypto';

/** Makes a source of ids; `random` is for tests. */
export function createJobIds(random: () => string = () => randomBytes(9).toString('base64url')): () => string {
  // A word that begins with a dash is a flag to most command lines.
  const prefix = random().replace(/^-/, '_');
  let count = 0;
  return () => `${prefix}-${(count++).toString(36)}`;
}
