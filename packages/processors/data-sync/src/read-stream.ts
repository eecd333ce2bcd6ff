/** Reads one stream of one integration to its end, page by page, each stored with its position in one transaction. */

import type { JobContext } from '@bizinsights/jobs-core';
import { defined } from '@bizinsights/jobs-core';
import {
  type Caveat,
  loopGuard,
  type Page,
  PlatformResponseError,
  type RecordKind,
  type RecordSink,
  type Stream,
  type WrittenBatch,
} from '@bizinsights/jobs-platforms';
import { completedRead } from './completed-read.js';
import {
  beginAnew,
  type Offer,
  type Position,
  type Read,
  readOf,
  type Start,
  type SyncedAccount,
  startFrom,
  type Wish,
  withRead,
} from './position.js';
import type { StreamCounts } from './queue.js';

export interface StreamRead {
  readonly job: Pick<JobContext, 'signal' | 'progress' | 'logger'>;
  readonly integrationId: string;
  readonly account: SyncedAccount;
  readonly stream: Stream;
  /** The kinds of all streams of the connection. */
  readonly kinds: readonly RecordKind[];
  readonly stored: Position | undefined;
  readonly wish: Wish;
  readonly sink: RecordSink;
  /** What the connection offers. Absent: the sink can't tell what a full read has not met. */
  readonly offer?: () => Promise<Offer>;
  /** Whether a full read can tell which records the platform no longer has. */
  readonly isSweepable: boolean;
  readonly now: () => number;
}

/** A read that has ended. */
export interface EndedRead {
  readonly read: Read;
  readonly position: Position;
}

/**
 * What was read. A read that was begun by an earlier attempt goes on behind the last page that was stored.
 *
 * @throws {PlatformResponseError} for pages that go in a circle, and for a read that just stops
 */
export async function readStream(read: StreamRead): Promise<EndedRead> {
  const { stream, stored, wish, job } = read;
  const own = readOf(stored, wish.run);
  if (stored && own?.state === 'done') return { read: own, position: stored };
  const start = startFrom(stored, wish);
  try {
    return await readPages(read, start);
  } catch (error) {
    if (!(start.isTakenOver && error instanceof PlatformResponseError)) throw error;
    job.logger.warn({ err: error }, `${stream.name}: the read of an earlier job can't be gone on with; begins anew`);
    return await readPages(read, beginAnew(stored, wish));
  }
}

async function readPages(read: StreamRead, start: Start): Promise<EndedRead> {
  const { job, integrationId, account, stream, stored, wish, sink, now } = read;
  const { signal } = job;
  const { mode, cursor, since, watermark } = start;
  const checkPlace = loopGuard(stream.name);
  const asOf = start.isFresh ? now() : start.asOf;
  const isWhole = start.isFresh && since === null && cursor === undefined;
  const offer = isWhole && read.offer ? await read.offer() : start.offer;
  const isFull = isWhole && mode === 'full' && offer !== null && read.isSweepable;
  let { counts, caveats, full } = isFull ? { ...start, full: { id: `${wish.run} ${asOf}`, hasUnknown: false } } : start;
  /** In this attempt. */
  let changed = 0;
  const pages = stream.read({ mode, cursor, ...(since === null ? {} : { since }), signal, now });
  for await (const page of pages) {
    signal.throwIfAborted();
    if (!page.isLast) checkPlace(JSON.stringify(page.cursor));
    counts = withPage(counts, page);
    caveats = withCaveats(caveats, page);
    const { records, rejected, deleted, reach } = page;
    if (full && rejected.some(({ hasNoId }) => hasNoId)) full = { ...full, hasUnknown: true };
    let at: Read = {
      state: page.isLast ? 'done' : 'reading',
      run: wish.run,
      mode,
      since,
      watermark,
      cursor: page.cursor,
      counts,
      asOf,
      caveats,
      offer,
      full,
    };
    let position = withRead(stored, wish, account, at, reach);
    const completed = page.isLast ? completedRead(stream.kind, read.kinds, at, page) : undefined;
    const batch = { integrationId, stream: stream.name };
    const answer = await sink.write({
      ...batch,
      records,
      rejected,
      deleted,
      cursor: position,
      ...(full ? { fullRead: full.id } : {}),
      ...defined({ read: completed }),
    });
    changed += answer.written;
    const refused = refusedBySink(page, answer);
    if (refused > 0) {
      counts = { ...counts, records: counts.records - refused, rejected: counts.rejected + refused };
      at = { ...at, counts };
      position = withRead(stored, wish, account, at, reach);
      // So that another attempt knows of it: the sink has told it only now.
      await sink.write({ ...batch, records: [], rejected: [], deleted: [], cursor: position });
    }
    const aside = rejected.length + refused;
    if (aside > 0) job.logger.warn(`${stream.name}: ${aside} records do not fit, and are kept aside`);
    await job.progress({
      done: counts.records,
      ...defined({ total: page.total }),
      message: `${stream.name}: ${counts.pages} pages`,
    });
    if (page.isLast) {
      if (caveats.length > 0) job.logger.warn(`${stream.name}: figures are less than exact: ${caveats.join(', ')}`);
      job.logger.info(`${stream.name}: ${counts.records} records in ${counts.pages} pages, ${changed} new or changed`);
      return { read: at, position };
    }
  }
  throw new PlatformResponseError(`${stream.name}: the read stopped without a last page`);
}

function withPage(counts: StreamCounts, page: Page): StreamCounts {
  return {
    ...counts,
    pages: counts.pages + 1,
    records: counts.records + page.records.length,
    rejected: counts.rejected + page.rejected.length,
    deleted: counts.deleted + page.deleted.length,
  };
}

/** How many records the sink itself has kept aside, besides those that the platform's client could not read. */
function refusedBySink({ records, rejected }: Page, answer: WrittenBatch): number {
  return Math.min(Math.max(answer.rejected - rejected.length, 0), records.length);
}

function withCaveats(caveats: Caveat[], page: Page): Caveat[] {
  return [...new Set([...caveats, ...(page.caveats ?? [])])].sort();
}
