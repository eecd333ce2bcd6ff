/** The judged days of a metric without their season, for the direction that they take. */
import type { MetricHistory } from '../metric-history.js';
import { median } from '../robust.js';
import { decompose } from '../series/decompose.js';
import type { Series } from '../series/input.js';
import { knownOf } from './leading.js';
import { mediansOf } from './lines.js';

const YEAR = 364;
const WEEK = 7;
const WEEKS_OF_YEAR = 365.25 / WEEK;

/** Years before the period that its season is taken from, at most. */
const YEARS = 3;

/** So large a part of the days has to be known, and of an earlier year's. */
const KNOWN = 0.5;

/** From this part of positive days on they are compared by their ratios: growth and seasons multiply. */
const POSITIVE = 0.95;

/** So many days show the pattern of the week. */
const PATTERN_DAYS = 26 * WEEK;

export interface Deseasonalized {
  /** The judged days, or weeks, without their season: logarithms where `isRelative`. */
  readonly series: Series;
  /** How many days one value of it is. */
  readonly days: number;
  readonly isRelative: boolean;
  /** Whether the season of the year is taken out: without it, the season may be the direction. */
  readonly hasYear: boolean;
}

/**
 * The judged days without the week, and without the year as far as earlier years are known: of less than a year by the median
 * of the same weekdays in up to three years before, of a year by the waves of all weeks that are known. Each view that there is;
 * none where too few days are known.
 */
export function deseasonalized({ values, history: { length } }: MetricHistory): readonly Deseasonalized[] {
  const known = values.filter((value) => value !== null);
  const isRelative = known.filter((value) => value > 0).length >= POSITIVE * known.length;
  const scaled = values.map((value) => (value === null || !isRelative ? value : value > 0 ? Math.log(value) : null));
  const begin = Math.max(
    0,
    scaled.findIndex((value) => value !== null),
  );
  if (knownOf(scaled.slice(-length)) < KNOWN * length) return [];
  if (length >= YEAR) return yearsView(scaled.slice(begin), isRelative);
  const one = (own: readonly (number | null)[], hasYear: boolean) => ({
    series: seriesOf(own),
    days: 1,
    isRelative,
    hasYear,
  });
  const recent = scaled.slice(Math.max(begin, scaled.length - Math.max(length, PATTERN_DAYS)));
  const { seasonal } = decompose(recent, { seasons: [WEEK] });
  const weekless = without(recent, seasonal).slice(-length);
  const year = yearOf(scaled, begin, length);
  return [
    one(weekless, false),
    ...(year
      ? [
          one(
            scaled.slice(-length).map((value, index) => difference(value, year[index])),
            true,
          ),
        ]
      : []),
  ];
}

/** The last year by its weeks. */
function yearsView(values: readonly (number | null)[], isRelative: boolean): readonly Deseasonalized[] {
  const days = values.slice(-YEARS * YEAR);
  const weeks = mediansOf(seriesOf(days.slice(days.length % WEEK)), WEEK);
  const own = [...weeks.values].map((value, week) => (weeks.known[week] ? value : null));
  // Fewer than two years have no season of the year.
  if (own.length < 2 * WEEKS_OF_YEAR) return [];
  const { seasonal } = decompose(own, { seasons: [WEEKS_OF_YEAR] });
  const series = seriesOf(without(own, seasonal).slice(-YEAR / WEEK));
  return [{ series, days: WEEK, isRelative, hasYear: true }];
}

function without(values: readonly (number | null)[], seasonal: readonly (readonly number[])[]): (number | null)[] {
  return values.map((value, index) =>
    value === null ? null : seasonal.reduce((rest, season) => rest - (season[index] ?? 0), value),
  );
}

function difference(value: number | null, season: number | null | undefined): number | null {
  return value === null || season === null || season === undefined ? null : value - season;
}

/** What the same days had in earlier years, each year against its own middle. Undefined where no year is known. */
function yearOf(
  values: readonly (number | null)[],
  begin: number,
  length: number,
): readonly (number | null)[] | undefined {
  const years: (number | null)[][] = [];
  for (let year = 1; year <= YEARS; year++) {
    const end = values.length - year * YEAR;
    if (end - length < begin) break;
    const days = values.slice(end - length, end);
    const middle = median(days.filter((value) => value !== null));
    if (middle === undefined || knownOf(days) < KNOWN * length) break;
    years.push(days.map((value) => (value === null ? null : value - middle)));
  }
  if (years.length === 0) return undefined;
  return Array.from({ length }, (_, index) => {
    const same = years.flatMap((days) => days[index] ?? []);
    return median(same) ?? null;
  });
}

function seriesOf(values: readonly (number | null)[]): Series {
  const known = Float64Array.from(values, (value) => (value === null ? 0 : 1));
  return { values: Float64Array.from(values, (value) => value ?? 0), known, knownCount: knownOf(values) };
}
