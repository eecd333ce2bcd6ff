/** Calendar days as moments, for a database: it has time zone data of its own, which is not asked. */
import { dayStretches, isTimeZone } from '@bizinsights/jobs-core';
import { MetricsError } from './convert-money.js';

const DAY = 24 * 3_600_000;

/** As `Date` reads it: there are records of the year 20000, and no metrics. */
const CALENDAR_DAY = /^\d{4}-\d\d-\d\d$/;

/** What begins where none of the wanted days goes on: a date of PostgreSQL, as its arrays are slow with a null in them. */
const NO_DAY = 'infinity';

/**
 * Where days begin, and which day that is. The last moment is where they end; all are empty where no day is wanted.
 *
 * In SQL `(days::date[])[width_bucket(occurred_at, moments::bigint[])]` is the day of what has happened from the first
 * moment on; what is of no wanted day has `infinity`.
 */
export interface DayBeginnings {
  /** Epoch ms, in order. */
  readonly moments: readonly number[];
  readonly days: readonly string[];
}

/**
 * For whoever works out days of an organization.
 *
 * @throws {MetricsError} for a zone that this Node does not know
 */
export function checkStoredZone(timeZone: string): void {
  if (isTimeZone(timeZone)) return;
  // Another version of Node may have stored it, which knew more zones or took offsets.
  throw new MetricsError(
    `The organization has the time zone "${timeZone}", which Node ${process.versions.node} does not know: give it ` +
      'another one by organizations.upsert, or update Node',
  );
}

/**
 * @param wanted in order
 * @throws {MetricsError} for a zone that this Node does not know
 */
export function beginningsOf(timeZone: string, wanted: readonly string[]): DayBeginnings {
  checkStoredZone(timeZone);
  const moments: number[] = [];
  const days: string[] = [];
  const begin = (moment: number, day: string) => {
    moments.push(moment);
    days.push(day);
  };
  let end: number | undefined;
  for (const [first, last] of runsOf(wanted.filter((day) => CALENDAR_DAY.test(day)))) {
    for (const { day, from, to } of dayStretches(timeZone, first, last)) {
      if (end !== undefined && end !== from) begin(end, NO_DAY);
      begin(from, day);
      end = to;
    }
  }
  if (end !== undefined) begin(end, NO_DAY);
  return { moments, days };
}

/** The first and the last of days that follow each other: nobody has to go through the centuries between two days. */
function runsOf(days: readonly string[]): [first: string, last: string][] {
  const runs: [string, string][] = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run && Date.parse(day) - Date.parse(run[1]) <= DAY) run[1] = day;
    else runs.push([day, day]);
  }
  return runs;
}
