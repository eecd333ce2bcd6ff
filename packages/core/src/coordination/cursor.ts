/** Cursors of lists: opaque to callers, so that their inside may change, and checked when they come back. */
import { z } from 'zod';
import { ArgumentError } from '../errors.js';

/** How the cursors of one list are written and read. */
export interface CursorCodec<Place> {
  write(place: Place): string;
  /** @throws {ArgumentError} for a cursor that no such list has given */
  read(cursor: string): Place;
}

/**
 * Makes the cursors of one kind of list.
 *
 * @param kind tells these cursors from those of other lists: one that is handed to the wrong list is refused
 * @param place the shape of what a cursor carries; it must survive JSON
 * @example
 * ```ts
 * import { cursorCodec } from '@bizinsights/jobs-core';
 *
 * const cursors = cursorCodec('notes', z.object({ before: z.number() }));
 * const { before } = cursors.read(cursors.write({ before: 12 }));
 * ```
 */
export function cursorCodec<Place extends z.ZodType>(kind: string, place: Place): CursorCodec<z.output<Place>> {
  return {
    write: (to) => Buffer.from(JSON.stringify([kind, to])).toString('base64url'),
    read(cursor) {
      const written = WRITTEN.safeParse(parse(Buffer.from(cursor, 'base64url').toString()));
      const parsed = place.safeParse(written.data?.[1]);
      if (written.data?.[0] === kind && parsed.success) return parsed.data;
      throw new ArgumentError('The cursor is not one of this list');
    },
  };
}

/** Of which kind it is, and the place. */
const WRITTEN = z.tuple([z.string(), z.unknown()]);

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
