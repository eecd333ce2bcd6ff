/** Cursors of lists: opaque to callers, so that their inside may change. */
import { JobOptionsError } from '../errors.js';

export function encodeCursor(offset: number): string {
  return Buffer.from(`o:${offset}`).toString('base64url');
}

/** @throws {JobOptionsError} for a cursor that did not come from us. */
export function decodeCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const match = /^o:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) throw new JobOptionsError('The cursor is not one that a list has given');
  return Number(match[1]);
}
