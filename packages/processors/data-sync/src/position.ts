/**
 * Where a stream is: what the sync saves with each page, around the platform's own cursor.
 *
 * It names the run that saved it, so that a job that was killed goes on with what it was doing, and says of a read that
 * ended where the next one begins. There is no second record of it anywhere: it changes in one transaction with the rows.
 */
import type { Json, Mode, ReadOptions } from '@bizinsights/jobs-platforms';
import { z } from 'zod';
import type { StreamCounts } from './queue.js';

const json: z.ZodType<Json> = z.json();
const count = z.number().int();

const read = z.object({
  state: z.enum(['reading', 'done']),
  /** One job, from its first attempt to its last. */
  run: z.string(),
  mode: z.enum(['incremental', 'full']),
  since: z.number().nullable(),
  cursor: json,
  /** Where the last read that was finished ended: from here one begins anew whose pages are gone. */
  watermark: z.object({ cursor: json }).nullable(),
  counts: z.object({ pages: count, records: count, rejected: count, deleted: count }),
});
type Read = z.output<typeof read>;

const position = z.object({
  /** See `SyncedAccount`, `name`: of the account that was read. */
  account: z.string(),
  /** Null: it was not known. */
  mode: z.enum(['live', 'test']).nullable().default(null),
  /** The read that the next one goes on from. */
  main: read,
  /** The last one that was asked to read something again: where it ends says nothing of what lies before its `since`. */
  again: read.nullable(),
});
export type Position = z.output<typeof position>;

/** What a stream is read with, and how it got there. */
export interface Start extends Pick<ReadOptions, 'mode' | 'cursor'> {
  readonly since: number | null;
  readonly counts: StreamCounts;
  readonly watermark: Read['watermark'];
  /** The pages are those of another job, which has failed: they may be gone by now. */
  readonly isTakenOver: boolean;
}

/** Whose records are read. */
export interface SyncedAccount {
  /** The platform's own name, where the host knows it; else what the connection calls it. */
  readonly name: string;
  /** What the connection calls it: for a key that names no account, something of the key's. */
  readonly alias: string;
  /** An account may have records of both modes, with keys for each. Undefined: the credentials do not say it. */
  readonly mode: Mode | undefined;
}

/** What the job asks for. */
export interface Wish {
  readonly run: string;
  readonly mode: 'incremental' | 'full';
  readonly since: number | null;
}

export const NO_COUNTS: StreamCounts = { pages: 0, records: 0, rejected: 0, deleted: 0 };

/**
 * The stored position; undefined for none, for one of another account or of its other mode, and for one that another program
 * has written.
 */
export function readPosition(stored: Json | undefined, { name, alias, mode }: SyncedAccount): Position | undefined {
  const { data } = position.safeParse(stored);
  if (data?.account !== name && data?.account !== alias) return undefined;
  const isOfMode = data.mode === null || mode === undefined || data.mode === mode;
  return isOfMode ? data : undefined;
}

/** What this run has read so far; undefined when nothing. */
export function readOf(stored: Position | undefined, run: string): Read | undefined {
  return [stored?.main, stored?.again].find((one) => one?.run === run) ?? undefined;
}

/** Where to begin. */
export function startFrom(stored: Position | undefined, wish: Wish): Start {
  const own = readOf(stored, wish.run);
  if (own) return resume(own, false);
  if (wish.mode === 'full' || wish.since !== null || !stored) return beginAnew(stored, wish);
  // Another job began to read and failed for good: what it has stored need not be read again.
  return stored.main.state === 'reading'
    ? { ...resume(stored.main, true), counts: NO_COUNTS }
    : beginAnew(stored, wish);
}

/** From the last read that was finished, or from the start. */
export function beginAnew(stored: Position | undefined, { mode, since }: Wish): Start {
  const main = stored?.main;
  const watermark = main?.state === 'done' ? { cursor: main.cursor } : (main?.watermark ?? null);
  const cursor = mode === 'full' || since !== null ? undefined : watermark?.cursor;
  return { mode, since, cursor, watermark, counts: NO_COUNTS, isTakenOver: false };
}

/** The position after a page. A first sync may begin at a `since`; a later one reads again, beside what is stored. */
export function withRead(
  stored: Position | undefined,
  wish: Wish,
  { name, mode }: SyncedAccount,
  page: Read,
): Position {
  const of = { account: name, mode: mode ?? null };
  if (stored && wish.since !== null && stored.main.run !== wish.run) return { ...stored, ...of, again: page };
  return { ...of, main: page, again: stored?.again ?? null };
}

function resume({ mode, since, cursor, watermark, counts }: Read, isTakenOver: boolean): Start {
  return { mode, since, cursor, watermark, counts, isTakenOver };
}
