/**
 * The one stream of Google Analytics: what visitors did, by day, channel and country.
 *
 * A day is not over when it ends: for up to 48 hours its sessions are still counted, and move from one channel to another
 * ("Data freshness"). So the last three days come again with each read, and a row that is there no more is told as
 * deleted. For that the cursor keeps which rows these days had.
 *
 * @see https://support.google.com/analytics/answer/11198161
 */
import { z } from 'zod';
import { PlatformResponseError } from '../errors.js';
import type { Json, Page, ReadOptions, Stream } from '../platform.js';
import { addDays, dayIn, earliestOf, latestOf } from '../records/calendar-day.js';
import type { DeletedRecord } from '../records/record.js';
import { sortRecords } from '../records/sort-records.js';
import { streamCursor } from '../streams/stream-cursor.js';
import { caveatsOf } from './caveats.js';
import type { GoogleAnalyticsClient, Report } from './client.js';
import { cellOf, DIMENSIONS, idOfCell, METRICS, ORDER, rowReader } from './records.js';

/** The first day that the Data API knows ("DateRange"). */
const FIRST_DAY = '2015-08-14';

/** Days that come again with each read. */
const TRAILING_DAYS = 3;

/** Days in one report. By channel and country a week has some thousand rows. */
const DAYS_PER_REPORT = 7;

/** Rows in one answer: at most 250,000 ("RunReportRequest", limit). More than a week should have. */
const MAX_ROWS = 50_000;

/** Channels and countries of the days that may change, by day. */
const recentRows = z.record(z.string(), z.array(z.string()));
type RecentRows = z.output<typeof recentRows>;

const position = z.object({
  next: z.string(),
  last: z.string(),
  /** Rows of the report that were read: more than 0 only where one answer is not enough. */
  offset: z.number(),
  /** When the read began, epoch ms. */
  asOf: z.number(),
});
type Position = z.output<typeof position>;

const cursors = streamCursor(position);
const wrapped = z.object({ at: z.json(), recent: recentRows });

export const STREAM = 'traffic';

export function trafficStream(client: GoogleAnalyticsClient): Stream {
  return {
    name: STREAM,
    kind: 'traffic',
    async *read(options) {
      const { at: inner, recent: before = {} } = wrapped.safeParse(options.cursor).data ?? {};
      const start = cursors.start({ mode: options.mode, cursor: inner });
      const wrap = (cursor: Json, recent: RecentRows): Json => ({ at: cursor, recent });
      let recent = before;
      const asOf = options.now();
      const begun = start.position ?? (await begin(client, options, start.seenUntil));
      if (begun.next === null) {
        yield { ...EMPTY, cursor: wrap(cursors.end(asOf), recent), isLast: true, ...provisionalOf(begun) };
        return;
      }
      let at: Position = begun;
      for (;;) {
        const { page, next, kept } = await readReport(client, options, at, recent);
        recent = kept;
        const cursor = next ? cursors.within(next) : cursors.end(at.asOf);
        yield {
          ...page,
          cursor: wrap(cursor, recent),
          ...(next ? { isLast: false } : { isLast: true, ...provisionalOf(at) }),
        };
        if (!next) return;
        at = next;
      }
    },
  };
}

const EMPTY = { records: [], rejected: [], deleted: [] };

/** The days that the next read takes again. */
function provisionalOf({ last }: Pick<Position, 'last'>): Pick<Page, 'provisionalFrom'> {
  return { provisionalFrom: addDays(last, -TRAILING_DAYS) };
}

/** The days to read: none where nothing was ever counted. Only the property knows its first day, and its zone. */
async function begin(
  client: GoogleAnalyticsClient,
  options: ReadOptions,
  seenUntil: number | undefined,
): Promise<Position | { readonly next: null; readonly last: string }> {
  const asOf = options.now();
  const { rows, metadata } = await client.runReport(
    {
      dateRanges: [{ startDate: FIRST_DAY, endDate: 'today' }],
      dimensions: DIMENSIONS.slice(0, 1),
      metrics: METRICS.slice(0, 1),
      orderBys: ORDER.slice(0, 1),
      limit: 1,
    },
    options,
  );
  const zone = metadata.timeZone;
  const oldest = firstDayOf(rows);
  const last = dayIn(zone, asOf);
  if (oldest === undefined) return { next: null, last };
  const first = latestOf(
    oldest,
    ...(seenUntil === undefined ? [] : [addDays(dayIn(zone, seenUntil), -TRAILING_DAYS)]),
    ...(options.since === undefined ? [] : [dayIn(zone, options.since)]),
  );
  // A day of tomorrow: Google's clock may be ahead.
  return { next: earliestOf(first, last), last, offset: 0, asOf };
}

const onlyDate = z.object({ dimensionValues: z.tuple([z.object({ value: z.string().regex(/^\d{8}$/) })]) });

function firstDayOf([row]: readonly unknown[]): string | undefined {
  if (row === undefined) return undefined;
  const { success, data } = onlyDate.safeParse(row);
  if (!success) throw new PlatformResponseError("Google Analytics' report: a first day that is none");
  const text = data.dimensionValues[0].value;
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
}

async function readReport(client: GoogleAnalyticsClient, options: ReadOptions, at: Position, recent: RecentRows) {
  const until = earliestOf(addDays(at.next, DAYS_PER_REPORT - 1), at.last);
  const asOf = options.now();
  const report = await client.runReport(
    {
      dateRanges: [{ startDate: at.next, endDate: until }],
      dimensions: DIMENSIONS,
      metrics: METRICS,
      orderBys: ORDER,
      offset: at.offset,
      limit: MAX_ROWS,
    },
    options,
  );
  const { rows, rowCount, metadata } = report;
  checkDays(report, at.next, until);
  const read = at.offset + rows.length;
  const isWhole = read >= rowCount;
  if (!isWhole && rows.length === 0) throw new PlatformResponseError("Google Analytics' report: rows are missing");
  const sorted = sortRecords(rowReader(metadata.currencyCode, asOf), rows);
  // A report in several answers is not compared: no answer has the whole of a day.
  const days = isWhole && at.offset === 0 ? daysFrom(at.next, until) : [];
  const seen = cellsByDay(rows);
  const deleted = days.flatMap((day) => vanished(day, recent[day] ?? [], seen.get(day) ?? [], asOf));
  const kept = keepRecent(recent, days, seen, addDays(at.last, -TRAILING_DAYS));
  const next = isWhole ? until < at.last && { ...at, next: addDays(until, 1), offset: 0 } : { ...at, offset: read };
  const caveats = caveatsOf(metadata);
  return {
    page: { ...sorted, deleted, ...(caveats.length > 0 ? { caveats } : {}) },
    next: next || undefined,
    kept,
  };
}

/** An answer to another question is one that a cache has kept, or pages that go in a circle. */
function checkDays({ rows }: Report, first: string, last: string): void {
  for (const raw of rows) {
    const day = cellOf(raw)?.day;
    if (day !== undefined && (day < first || day > last)) {
      throw new PlatformResponseError(`Google Analytics' report: asked for ${first} to ${last}, it has ${day}`);
    }
  }
}

function daysFrom(first: string, last: string): string[] {
  const days: string[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}

function cellsByDay(rows: readonly unknown[]): ReadonlyMap<string, readonly string[]> {
  const cells = new Map<string, string[]>();
  for (const raw of rows) {
    const cell = cellOf(raw);
    if (!cell) continue;
    const known = cells.get(cell.day) ?? [];
    known.push(idOfCell(cell).slice(cell.day.length + 1));
    cells.set(cell.day, known);
  }
  return cells;
}

function vanished(day: string, before: readonly string[], now: readonly string[], at: number): DeletedRecord[] {
  const there = new Set(now);
  const gone = before.filter((cell) => !there.has(cell));
  return gone.map((cell) => ({ kind: 'traffic', id: `${day}/${cell}`, deletedAt: at }));
}

/** What the cursor keeps: the rows of the days that will come again. */
function keepRecent(
  before: RecentRows,
  read: readonly string[],
  seen: ReadonlyMap<string, readonly string[]>,
  first: string,
): RecentRows {
  const days = new Map(Object.entries(before));
  for (const day of read) days.set(day, [...(seen.get(day) ?? [])]);
  return Object.fromEntries([...days].filter(([day]) => day >= first || !read.includes(day)));
}
