/**
 * The cursor of a stream, the same for all platforms: in the middle of a read it says which read that is and where to go
 * on; at its end it holds the watermark from which the next incremental read starts.
 */
import { z } from 'zod';
import type { Json, ReadOptions } from '../platform.js';

/** Where a read begins, or goes on. */
export type Start<Position> =
  | {
      readonly mode: ReadOptions['mode'];
      /** Undefined at the beginning. */
      readonly position: undefined;
      /** Where the read before ended, for an incremental read. Undefined: read everything. Epoch ms. */
      readonly watermark: number | undefined;
    }
  | { readonly mode: ReadOptions['mode']; readonly position: Position; readonly watermark: number | undefined };

export interface StreamCursor<Position extends Json> {
  /**
   * What a read with these options does. An unfinished full read is gone on with in either mode; an unfinished incremental
   * one gives way to a full read. A cursor that can't be read (of another version, say) starts from the beginning: the
   * records come again, and change nothing.
   */
  start(options: Pick<ReadOptions, 'cursor' | 'mode'>): Start<Position>;
  /** Behind a page that is not the last. */
  within(start: Pick<Start<Position>, 'mode' | 'watermark'>, position: Position): Json;
  /** Behind the last page. */
  end(watermark: number): Json;
}

/** The version of the form below. */
const VERSION = 1;

/**
 * @example
 * ```ts
 * const cursors = streamCursor(z.object({ after: z.string() }));
 * const start = cursors.start(options);
 * ```
 */
export function streamCursor<Position extends Json>(position: z.ZodType<Position>): StreamCursor<Position> {
  const version = z.literal(VERSION);
  const ended = z.object({ version, watermark: z.number() });
  const open = z.object({
    version,
    mode: z.enum(['full', 'incremental']),
    position,
    watermark: z.number().nullable(),
  });
  return {
    start({ cursor, mode }) {
      const unfinished = open.safeParse(cursor).data;
      if (unfinished && (unfinished.mode === 'full' || mode === 'incremental')) {
        return { ...unfinished, watermark: unfinished.watermark ?? undefined };
      }
      const watermark = ended.safeParse(cursor).data?.watermark ?? unfinished?.watermark ?? undefined;
      return { mode, position: undefined, watermark: mode === 'full' ? undefined : watermark };
    },
    within: ({ mode, watermark }, at) => ({ version: VERSION, mode, position: at, watermark: watermark ?? null }),
    end: (watermark) => ({ version: VERSION, watermark }),
  };
}
