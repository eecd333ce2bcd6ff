/**
 * The cursor of a stream, the same for all platforms: within a read where to go on, behind its end how far it has seen.
 *
 * Which read that is, in which mode, and where the read before it has ended is for the caller to know, who passes it with
 * each call: `@bizinsights/jobs-data-sync` stores it around the cursor.
 */
import { z } from 'zod';
import type { Json, ReadOptions } from '../platform.js';

/** Where a read begins, or goes on. */
export interface Start<Position> {
  /** Where to go on. Undefined: the read begins. */
  readonly position: Position | undefined;
  /** Where a read begins: how far the last one has seen, epoch ms. Undefined: it reads everything. */
  readonly seenUntil: number | undefined;
}

export interface StreamCursor<Position extends Json> {
  /**
   * Where a read with these options begins or goes on. A cursor that can't be read (of another version, say) starts from
   * the beginning: the records come again, and change nothing.
   */
  start(options: Pick<ReadOptions, 'cursor' | 'mode'>): Start<Position>;
  /** Behind a page that is not the last. */
  within(position: Position): Json;
  /** Behind the last page: what was changed until then was seen, epoch ms. */
  end(seenUntil: number): Json;
}

/** The version of the form below. */
const VERSION = 1;

/**
 * @example
 * ```ts
 * const cursors = streamCursor(z.object({ after: z.string() }));
 * const { position, seenUntil } = cursors.start(options);
 * ```
 */
export function streamCursor<Position extends Json>(position: z.ZodType<Position>): StreamCursor<Position> {
  const version = z.literal(VERSION);
  // Older versions also stored `mode` and `watermark` within a read. What a caller passes says the same.
  const open = z.object({ version, position });
  const ended = z.object({ version, watermark: z.number() });
  return {
    start({ cursor, mode }) {
      const unfinished = open.safeParse(cursor).data;
      if (unfinished) return { position: unfinished.position, seenUntil: undefined };
      const seenUntil = mode === 'full' ? undefined : ended.safeParse(cursor).data?.watermark;
      return { position: undefined, seenUntil };
    },
    within: (at) => ({ version: VERSION, position: at }),
    end: (seenUntil) => ({ version: VERSION, watermark: seenUntil }),
  };
}
