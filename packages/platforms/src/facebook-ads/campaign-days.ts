/**
 * What each campaign did on each day ("Ads Insights", `level=campaign`, `time_increment=1`).
 *
 * A purchase counts for the day on which the ad was seen, up to 28 days before: so those days come again with each read.
 * Few days are asked for directly; many as reports in the background, whose answer does not move while it is read. Where
 * Facebook says that it is too much, half as many days are asked for.
 *
 * @see https://developers.facebook.com/docs/marketing-api/insights
 */
import { z } from 'zod';
import { PlatformResponseError } from '../errors.js';
import type { Page, ReadOptions, Stream } from '../platform.js';
import { addDays, countDays, dayIn, earliestOf, isTimeZone, latestOf } from '../records/calendar-day.js';
import { sortRecords } from '../records/sort-records.js';
import { loopGuard } from '../streams/loop-guard.js';
import { streamCursor } from '../streams/stream-cursor.js';
import { graphList } from './campaigns.js';
import { type FacebookClient, isMissing, isTooLarge } from './client.js';
import { graphTime, INSIGHT_FIELDS, insightPlace, insightReader } from './records.js';
import { orderReport, waitForReport } from './report.js';

/** "Attribution": the longest window, days. */
const ATTRIBUTION_DAYS = 28;

/** "Ads Insights", error 3018: nothing is kept for longer, months. */
const KEPT_MONTHS = 37;

/** Days that are asked for directly; beyond it as reports, of so many days each. */
const DIRECT_DAYS = 35;
const REPORT_DAYS = 90;

const PAGE_SIZE = '500';

const position = z.object({
  next: z.string(),
  last: z.string(),
  /** Days at once. */
  days: z.number(),
  how: z.enum(['direct', 'report']),
  /** The report under way. */
  report: z.string().nullable(),
  /** Behind the page before. */
  after: z.string().nullable(),
  /** When the read began, epoch ms. */
  asOf: z.number(),
  /** The first day that was asked for, where the account is older. Null: it is not, or the cursor is of an older version. */
  from: z.string().nullable().default(null),
});
type Position = z.output<typeof position>;

const cursors = streamCursor(position);

/** One step of the read: a page, or none, and where to go on. Undefined: nowhere. */
interface Step {
  readonly page: Pick<Page, 'records' | 'rejected'> | undefined;
  readonly next: Position | undefined;
}

/**
 * @param account `act_…`
 * @param pollDelay between the first two looks at a report, ms
 */
export function campaignDayStream(account: string, client: FacebookClient, pollDelay: number): Stream {
  return {
    name: 'campaign-days',
    kind: 'campaign-day',
    async *read(options) {
      const start = cursors.start(options);
      const noLoop = loopGuard("Facebook's insights");
      let at = start.position ?? (await begin(account, client, options, start.seenUntil));
      for (;;) {
        const step = at.report === null && at.how === 'report' ? await order(account, client, options, at) : undefined;
        const { page, next } = step ?? (await readInsights(account, client, options, at, pollDelay));
        if (next?.after) noLoop(`${next.report} ${next.next} ${next.after}`);
        if (page) {
          const cursor = next ? cursors.within(next) : cursors.end(at.asOf);
          // The days that the next read takes again.
          const provisionalFrom = addDays(at.last, -ATTRIBUTION_DAYS);
          const end = next ? { isLast: false } : { isLast: true, provisionalFrom, ...reachOf(at) };
          yield { ...page, deleted: [], cursor, ...end };
        }
        if (!next) return;
        at = next;
      }
    },
  };
}

const adAccount = z.object({
  timezone_name: z.string().refine(isTimeZone, 'expected a time zone'),
  created_time: graphTime,
});

/** The days to read. Which day it is there, and which was the first, the account says. */
async function begin(
  account: string,
  client: FacebookClient,
  { signal, now, since }: ReadOptions,
  seenUntil: number | undefined,
): Promise<Position> {
  const asOf = now();
  const parameters = { fields: 'timezone_name,created_time' };
  const { timezone_name: zone, created_time: created } = await client.request(adAccount, {
    path: account,
    parameters,
    signal,
    now,
  });
  const last = dayIn(zone, asOf);
  const opened = dayIn(zone, created);
  const first = latestOf(
    opened,
    oldestKept(last),
    ...(seenUntil === undefined ? [] : [addDays(dayIn(zone, seenUntil), -ATTRIBUTION_DAYS)]),
    ...(since === undefined ? [] : [dayIn(zone, since)]),
  );
  const next = earliestOf(first, last);
  const isMuch = countDays(next, last) > DIRECT_DAYS;
  const days = isMuch ? REPORT_DAYS : DIRECT_DAYS;
  const from = next > opened ? next : null;
  return { next, last, days, how: isMuch ? 'report' : 'direct', report: null, after: null, asOf, from };
}

function reachOf({ from }: Position): Pick<Page, 'reach'> {
  return from === null ? {} : { reach: { fromDay: from } };
}

function oldestKept(today: string): string {
  const date = new Date(today);
  date.setUTCMonth(date.getUTCMonth() - KEPT_MONTHS);
  return addDays(date.toISOString().slice(0, 10), 1);
}

/** The report's id goes into the cursor before anything else is done, so that it is not ordered twice. */
async function order(account: string, client: FacebookClient, options: ReadOptions, at: Position): Promise<Step> {
  try {
    const report = await orderReport(client, account, parametersOf(at), options);
    return { page: { records: [], rejected: [] }, next: { ...at, report } };
  } catch (error) {
    if (isTooLarge(error)) return { page: undefined, next: askLess(at, error) };
    throw error;
  }
}

async function readInsights(
  account: string,
  client: FacebookClient,
  options: ReadOptions,
  at: Position,
  pollDelay: number,
): Promise<Step> {
  const { signal, now } = options;
  const asOf = now();
  const paging = { limit: PAGE_SIZE, ...(at.after === null ? {} : { after: at.after }) };
  try {
    // Behind its first page a report is known to be there.
    if (at.report !== null && at.after === null && !(await waitForReport(client, at.report, pollDelay, options))) {
      const failed = new PlatformResponseError("Facebook's insights: the report failed");
      return { page: undefined, next: askLess(at, failed) };
    }
    const query =
      at.report === null
        ? { path: `${account}/insights`, parameters: { ...parametersOf(at), ...paging } }
        : { path: `${at.report}/insights`, parameters: paging };
    const { data, paging: after } = await client.request(graphList, { ...query, signal, now });
    checkDays(data, at);
    return { page: sortRecords(insightReader(asOf), data), next: behind(at, after) };
  } catch (error) {
    if (isTooLarge(error)) return { page: undefined, next: askLess(at, error) };
    // The read was left for so long that the report is gone: it is made once more.
    if (at.report !== null && isMissing(error)) return { page: undefined, next: { ...at, report: null, after: null } };
    throw error;
  }
}

/** The last day that is asked for at once. */
function until({ next, last, days }: Position): string {
  return earliestOf(addDays(next, days - 1), last);
}

function parametersOf(at: Position): Readonly<Record<string, string>> {
  return {
    level: 'campaign',
    time_increment: '1',
    time_range: JSON.stringify({ since: at.next, until: until(at) }),
    fields: INSIGHT_FIELDS,
  };
}

function behind(at: Position, after: string | undefined): Position | undefined {
  if (after !== undefined) return { ...at, after };
  const last = until(at);
  return last < at.last ? { ...at, next: addDays(last, 1), report: null, after: null } : undefined;
}

/** Half the days; a single one that is too much, in the background. */
function askLess(at: Position, reason: unknown): Position {
  const days = Math.ceil(countDays(at.next, until(at)) / 2);
  const isOne = at.next === until(at);
  if (isOne && at.how === 'report') throw reason;
  return { ...at, report: null, after: null, days, how: isOne ? 'report' : at.how };
}

/** An answer to another question is one that a cache has kept. */
function checkDays(rows: readonly unknown[], at: Position): void {
  for (const raw of rows) {
    const day = insightPlace(raw)?.day;
    if (day !== undefined && (day < at.next || day > until(at))) {
      throw new PlatformResponseError(`Facebook's insights: asked for ${at.next} to ${until(at)}, they have ${day}`);
    }
  }
}
