/** Calendar days as moments, for a database: it has time zone data of its own, which is not asked. */
import { dayStretches, isTimeZone } from '@bizinsights/jobs-core';
import { MetricsError } from './convert-money.js';

const DAY = 24 * 3_600_000;

/** As `Date` reads it: there are records of the year 20000, and no metrics. */
const CALENDAR_DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * Where days begin, and which day that is. Both are empty where no day is wanted.
 *
 * In SQL `(days::date[])[width_bucket(occurred_at, moments::bigint[])]` is the day of what has happened in one of the
 * stretches.
 */
export interface DayBeginnings {
  /** Epoch ms, in order. */
  readonly moments: readonly number[];
  readonly days: readonly string[];
  /** Where wanted days follow each other without a gap. */
  readonly stretches: readonly Stretch[];
}

/** From one moment to before another, epoch ms. */
interface Stretch {
  readonly from: number;
  readonly to: number;
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
  const stretches: { from: number; to: number }[] = [];
  for (const [first, last] of runsOf(wanted)) {
    for (const { day, from, to } of dayStretches(timeZone, first, last)) {
      moments.push(from);
      days.push(day);
      const stretch = stretches.at(-1);
      if (stretch?.to === from) stretch.to = to;
      else stretches.push({ from, to });
    }
  }
  return { moments, days, stretches };
}

/**
 * The first and the last of days that follow each other: nobody has to go through the centuries between two days.
 *
 * @param wanted in order
 */
export function runsOf(wanted: readonly string[]): [first: string, last: string][] {
  const runs: [string, string][] = [];
  for (const day of wanted.filter((one) => CALENDAR_DAY.test(one))) {
    const run = runs.at(-1);
    if (run && Date.parse(day) - Date.parse(run[1]) <= DAY) run[1] = day;
    else runs.push([day, day]);
  }
  return runs;
}
