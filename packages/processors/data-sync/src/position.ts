/**
 * Where a stream is: what the sync saves with each page, around the platform's own cursor. The cursor says where the read
 * is; which read that is, in which mode, from when on, and where the one before has ended stands here alone.
 *
 * It names the run that saved it, so that a job that was killed goes on with what it was doing, and says of a read that
 * ended where the next one begins. There is no second record of it anywhere: it changes in one transaction with the rows.
 */
import type { Json, Mode, Page, Reach, ReadOptions } from '@bizinsights/jobs-platforms';
import { z } from 'zod';
import { keptBack, type StreamCounts, streamCaveats } from './queue.js';

const json: z.ZodType<Json> = z.json();
const count = z.number().int();

/** What the connection offered to a read. With less than before, it may no longer list what is there. */
const offer = z.object({
  streams: z.array(z.string()),
  /** Null: they are not known. */
  scopes: z.array(z.string()).nullable(),
  /** They are not known, though the platform has some. */
  isUnsaid: z.boolean().default(false),
});
export type Offer = z.output<typeof offer>;

const fullRead = z.object({
  /** The name by which the sink knows which records it has met. */
  id: z.string(),
  /** It has met records whose id could not be read. */
  hasUnknown: z.boolean(),
});

// What has a default is missing in positions of older versions.
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
  /** When it began, whoever goes on with it. Epoch ms. */
  asOf: z.number().nullable().default(null),
  caveats: streamCaveats.default([]),
  /** Of a read of everything that the stream has; null for any other. */
  offer: offer.nullable().default(null),
  /** Of such a read that a full sync has begun. */
  full: fullRead.nullable().default(null),
});
export type Read = z.output<typeof read>;

/** A full read that has ended; the records that it has not met are still to be marked as gone. */
const unswept = fullRead.extend({
  offer,
  begunAt: z.number(),
  from: z.number().nullable(),
  fromDay: z.string().nullable(),
  caveats: streamCaveats,
});
export type Unswept = z.output<typeof unswept>;

const position = z.object({
  /** See `SyncedAccount`, `name`: of the account that was read. */
  account: z.string(),
  /** Null: it was not known. */
  mode: z.enum(['live', 'test']).nullable().default(null),
  /** The read that the next one goes on from. */
  main: read,
  /** The last one that was asked to read something again: where it ends says nothing of what lies before its `since`. */
  again: read.nullable(),
  unswept: unswept.nullable().default(null),
  /** All that reads of everything were ever offered. */
  offered: offer.nullable().default(null),
  /** What became of the last full read's missing records, and the job that has seen to it. */
  swept: z.object({ run: z.string(), gone: count, keptBack: keptBack.nullable() }).nullable().default(null),
});
export type Position = z.output<typeof position>;

/** What a stream is read with, and how it got there. */
export interface Start
  extends Pick<ReadOptions, 'mode' | 'cursor'>,
    Pick<Read, 'since' | 'counts' | 'watermark' | 'asOf' | 'caveats' | 'offer' | 'full'> {
  /** At the very start of its read. */
  readonly isFresh: boolean;
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
  const begun = { asOf: null, caveats: [], offer: null, full: null, isFresh: true };
  return { mode, since, cursor, watermark, counts: NO_COUNTS, ...begun, isTakenOver: false };
}

/**
 * The position after a page. A first sync may begin at a `since`; a later one reads again, beside what is stored.
 *
 * @param reach of the last page
 */
export function withRead(
  stored: Position | undefined,
  wish: Wish,
  { name, mode }: SyncedAccount,
  page: Read,
  reach: Page['reach'],
): Position {
  const of = { account: name, mode: mode ?? null };
  if (stored && wish.since !== null && stored.main.run !== wish.run) return { ...stored, ...of, again: page };
  const { again = null, unswept = null, offered = null, swept = null } = stored ?? {};
  const position = { ...of, main: page, again, unswept, offered, swept };
  if (page.full) return { ...position, unswept: page.state === 'done' ? toUnswept(page, reach) : null };
  if (page.state === 'reading' || !page.offer) return position;
  return { ...position, offered: bothOffers(offered, page.offer) };
}

function toUnswept({ full, offer, asOf, caveats }: Read, reach: Reach = {}): Unswept | null {
  if (!full || !offer || asOf === null) return null;
  return { ...full, offer, begunAt: asOf, caveats, from: reach.from ?? null, fromDay: reach.fromDay ?? null };
}

/** All that two reads were offered. */
export function bothOffers(one: Offer | null, other: Offer): Offer {
  if (!one) return other;
  const join = (these: readonly string[], those: readonly string[]) => [...new Set([...these, ...those])].sort();
  const scopes = one.scopes && other.scopes ? join(one.scopes, other.scopes) : (other.scopes ?? one.scopes);
  return { streams: join(one.streams, other.streams), scopes, isUnsaid: other.isUnsaid };
}

function resume(read: Read, isTakenOver: boolean): Start {
  const { state: _, run: __, ...rest } = read;
  return { ...rest, isFresh: false, isTakenOver };
}
