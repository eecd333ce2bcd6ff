/**
 * Ids for jobs that the caller did not name.
 *
 * They are made here and not by the store, so that an `add` whose answer got lost on the way can be sent again: the
 * store knows the id, and adds nothing. Each is a random part of this process and a counter, so they also sort by time.
 */
import { randomBytes } from 'node:crypto';

/** Makes a source of ids; `random` is for tests. */
export function createJobIds(random: () => string = () => randomBytes(6).toString('hex')): () => string {
  const prefix = `${Date.now().toString(36)}${random()}`;
  let count = 0;
  return () => `${prefix}-${(count++).toString(36)}`;
}
