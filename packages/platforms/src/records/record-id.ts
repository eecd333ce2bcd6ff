/** The ids of records. */
import { createHash } from 'node:crypto';

/**
 * How long the id of a record may be, in bytes of UTF-8. Databases index ids, and an index takes no more than some
 * thousand bytes (PostgreSQL: about 2,700); no platform of ours has ids of more than 255.
 */
export const MAX_ID_BYTES = 1_024;

/** Why a text can't be the id of a record; undefined where it can. Holds nothing of it. */
export function idProblem(id: string): string | undefined {
  if (id === '') return 'id: expected text that is not empty';
  // Each unit of UTF-16 is at most three bytes.
  if (id.length * 3 <= MAX_ID_BYTES || Buffer.byteLength(id) <= MAX_ID_BYTES) return undefined;
  return `id: longer than ${MAX_ID_BYTES} bytes`;
}

/** The id that a rejected record is kept under whose own can't be used: the same for the same text. */
export function hashId(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
