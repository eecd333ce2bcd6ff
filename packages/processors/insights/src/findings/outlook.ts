/**
 * What the coming days of a metric add up to, with an interval that holds it in 80 of 100 cases. The errors of a forecast's days
 * go together, so the interval of their sum comes from sums: of the errors that the same forecast has made from earlier origins.
 * It is at least as wide as that of days whose errors are independent, and wider by what holidays have done in one year and not in
 * another.
 */
import type { InsightPoint } from '../evidence.js';
import { LARGEST } from '../metrics.js';
import { addDays } from '../periods.js';
import type { Holiday } from '../ports.js';
import { type ForecastWithErrors, forecastWithErrors } from '../series/forecast.js';
import type { Pieces } from '../series/pieces.js';
import { quantileOf } from '../series/statistics/quantile.js';
import { type HolidayFactor, holidayOutlook } from './holiday-outlook.js';
import { knownOf } from './leading.js';
import { yearIndex } from './year-index.js';

const LEVEL = 0.8;
const WEEK = 7;

/** Days that are longer ago say nothing of the coming ones where their time of the year is unknown. */
const RECENT = 550;

/** Fewer days say nothing of the coming ones. */
const LEAST_KNOWN = 70;

/** After so many unknown days nothing is known of the present. */
const MOST_UNKNOWN = 45;

/** Fewer origins say nothing of the errors of sums. */
const LEAST_ORIGINS = 4;

export interface Outlook {
  /** The coming days, and before them those at the end of which nothing final is known yet. */
  readonly days: readonly (Required<Pick<InsightPoint, 'day' | 'expected' | 'lower' | 'upper'>> & {
    readonly value: null;
  })[];
  /** How far from the forecast the sum of all these days may be. */
  readonly reach: number;
  /** The errors of such sums from earlier origins. */
  readonly errors: readonly number[];
}

/**
 * Undefined where too little is known.
 *
 * @param values each day up to the day before `today`, null where nothing final is known
 * @param count how many days from `today` on: none, where only the last days are unknown
 * @param holidays of all these days, in order
 */
export function* outlookOf(
  values: readonly (number | null)[],
  today: string,
  count: number,
  holidays: readonly Holiday[],
): Pieces<Outlook | undefined> {
  const last = values.findLastIndex((value) => value !== null);
  const unknown = values.length - 1 - last;
  const horizon = unknown + count;
  if (horizon === 0) return { days: [], reach: 0, errors: [] };
  if (unknown > MOST_UNKNOWN || knownOf(values) < LEAST_KNOWN) return undefined;
  const days = Array.from({ length: last + 1 + horizon }, (_, place) => addDays(today, place - values.length));
  const { ordinary, factors } = yield* holidayOutlook(values.slice(0, last + 1), days, holidays);
  const ahead = yield* forecastOf(ordinary, horizon);
  const errors = ahead.errors.map((own) => sumOf(own) * (horizon / Math.max(1, own.length)));
  // In which year a holiday does more is the same for all of its days.
  const doubt = sumOf(ahead.mean.map((mean, step) => (Math.abs(mean) * widthOf(factors[step])) / 2));
  return {
    days: ahead.mean.map((mean, step) => ({
      day: days[last + 1 + step] ?? '',
      value: null,
      expected: mean * (factors[step]?.expected ?? 1),
      ...between(ahead, step, factors[step]),
    })),
    reach: Math.hypot(reachOf(ahead, errors), doubt),
    errors,
  };
}

function widthOf(factor: HolidayFactor | undefined): number {
  return factor ? factor.upper - factor.lower : 0;
}

/** What is below 0 grows downwards. */
function between({ lower, upper, mean }: ForecastWithErrors, step: number, factor: HolidayFactor | undefined) {
  const { lower: least = 1, upper: most = 1 } = factor ?? {};
  const expected = mean[step] ?? 0;
  const [low, high] = [lower[step] ?? expected, upper[step] ?? expected];
  return { lower: Math.min(low * least, low * most), upper: Math.max(high * least, high * most) };
}

/** Of what is left without the time of the year, where earlier years say what that does. */
function* forecastOf(values: readonly (number | null)[], horizon: number): Pieces<ForecastWithErrors> {
  const options = { horizon, seasons: [WEEK], level: LEVEL };
  const index = yearIndex(values, horizon);
  yield;
  if (!index) return yield* forecastWithErrors(values.slice(-RECENT).map(within), options);
  const { from, factors } = index;
  const level = values.slice(from).map((value, place) => within(value === null ? null : value / (factors[place] ?? 1)));
  const plain = yield* forecastWithErrors(level, options);
  const coming = factors.slice(-horizon);
  const back = (list: readonly number[]) => list.map((value, step) => value * (coming[step] ?? 1));
  const mean = sumOf(coming) / horizon;
  return {
    mean: back(plain.mean),
    lower: back(plain.lower),
    upper: back(plain.upper),
    // In units of the coming days.
    errors: plain.errors.map((own) => own.map((error) => error * mean)),
  };
}

/** What a division has made larger than any figure is unknown. */
function within(value: number | null): number | null {
  return value !== null && Math.abs(value) <= LARGEST ? value : null;
}

/** The interval of the sums that were wrong before, but not narrower than that of days which know nothing of each other. */
export function reachOfSums(errors: readonly number[], least: number): number {
  // So few origins are few: the quantile of one more.
  const share = Math.min(1, LEVEL * (1 + 1 / (2 * errors.length)));
  return Math.max(least, quantileOf(Float64Array.from(errors, Math.abs), share));
}

function reachOf({ mean, lower, upper }: ForecastWithErrors, errors: readonly number[]): number {
  // Half of the whole: what is never negative is cut off below.
  const reaches = mean.map((value, step) => Math.max((upper[step] ?? value) - value, value - (lower[step] ?? value)));
  if (errors.length < LEAST_ORIGINS) return sumOf(reaches);
  return reachOfSums(errors, Math.hypot(...reaches));
}

function sumOf(values: Float64Array | readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
