/**
 * Where a stream is: what the sync saves with each page, around the platform's own cursor.
 *
 * It names the job that saved it, so that a job that was killed goes on with what it was doing, and says of a read that
 * ended where the next one begins. There is no second record of it anywhere: it changes in one transaction with the rows.
 */
import type { Json, ReadOptions } from '@bizinsights/jobs-platforms';
import { z } from 'zod';
import type { StreamCounts } from './queue.js';

const json = z.json();
const count = z.number().int();

const position = z.object({
  state: z.enum(['reading', 'done']),
  job: z.string(),
  mode: z.enum(['incremental', 'full']),
  since: z.number().nullable(),
  cursor: json,
  /** Where the last read that was finished ended: from here one begins anew whose pages are gone. */
  watermark: z.object({ cursor: json }).nullable(),
  counts: z.object({ pages: count, records: count, rejected: count, deleted: count }),
});
export type Position = z.output<typeof position>;

/** What a stream is read with, and how it got there. */
export interface Start extends Pick<ReadOptions, 'mode' | 'cursor'> {
  readonly since: number | null;
  readonly counts: StreamCounts;
  readonly watermark: Position['watermark'];
  /** The pages are those of another job, which has failed: they may be gone by now. */
  readonly isTakenOver: boolean;
}

/** What the job asks for. */
export interface Wish {
  readonly job: string;
  readonly mode: 'incremental' | 'full';
  readonly since: number | null;
}

export const NO_COUNTS: StreamCounts = { pages: 0, records: 0, rejected: 0, deleted: 0 };

/** The stored position; undefined for none, and for one that another program has written. */
export function readPosition(stored: Json | undefined): Position | undefined {
  const read = position.safeParse(stored);
  return read.success ? read.data : undefined;
}

/** Where to begin. */
export function startFrom(stored: Position | undefined, wish: Wish): Start {
  if (stored?.state === 'reading' && stored.job === wish.job) return resume(stored, false);
  if (wish.mode === 'full' || wish.since !== null || !stored) return beginAnew(stored, wish);
  // Another job began to read and failed for good: what it has stored need not be read again.
  return stored.state === 'reading' ? { ...resume(stored, true), counts: NO_COUNTS } : beginAnew(stored, wish);
}

/** From the last read that was finished, or from the start. */
export function beginAnew(stored: Position | undefined, { mode, since }: Wish): Start {
  const watermark = stored?.state === 'done' ? { cursor: stored.cursor } : (stored?.watermark ?? null);
  const cursor = mode === 'full' || since !== null ? undefined : watermark?.cursor;
  return { mode, since, cursor, watermark, counts: NO_COUNTS, isTakenOver: false };
}

function resume({ mode, since, cursor, watermark, counts }: Position, isTakenOver: boolean): Start {
  return { mode, since, cursor, watermark, counts, isTakenOver };
}
