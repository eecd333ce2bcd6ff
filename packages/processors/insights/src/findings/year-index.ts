/**
 * How busy each time of the year is, from earlier years alone: the days around the same day, against the year around it. What a
 * forecast is made without, and multiplied by again, so that it knows of a December that is to come.
 */
import { median } from '../robust.js';

const YEAR = 364;

/** So many days before and after a day are its time of the year. */
const AROUND = 7;

/** Earlier years that an index is the mean of, at most. */
const YEARS = 3;

/** So many days with an index are enough to forecast by. */
const LEAST_DAYS = 112;

/** Below this part of a year's level a time of the year is none to divide by. */
const LEAST_INDEX = 0.05;

export interface YearIndex {
  /** The first place that has an index. */
  readonly from: number;
  /** From there on, to the end of the horizon. */
  readonly factors: readonly number[];
}

/**
 * Undefined where too little is known, and where a time of the year has nothing.
 *
 * @param horizon how many days after the last one get an index too
 */
export function yearIndex(values: readonly (number | null)[], horizon: number): YearIndex | undefined {
  const begin = values.findIndex((value) => value !== null);
  const from = begin + YEAR + YEAR / 2;
  if (begin < 0 || values.length - from < LEAST_DAYS || horizon > YEAR / 2) return undefined;
  const smooth = values.map((_, place) => (place < begin ? undefined : aroundOf(values, place)));
  const sums = [0];
  for (const value of smooth) sums.push((sums.at(-1) ?? 0) + (value ?? 0));
  const factors: number[] = [];
  for (let place = from; place < values.length + horizon; place++) {
    const own: number[] = [];
    for (let year = 1; year <= YEARS; year++) {
      const then = place - year * YEAR;
      const [first, end] = [then - YEAR / 2, then + YEAR / 2];
      if (first < begin) break;
      const level = ((sums[end] ?? Number.NaN) - (sums[first] ?? 0)) / YEAR;
      const value = smooth[then];
      if (value !== undefined) own.push(value / level);
    }
    const factor = own.reduce((sum, one) => sum + one, 0) / own.length;
    if (!(factor > LEAST_INDEX && Number.isFinite(factor))) return undefined;
    factors.push(factor);
  }
  return { from, factors };
}

/** The median of the days around one: a spike is not what a time of the year has. */
function aroundOf(values: readonly (number | null)[], place: number): number | undefined {
  const around = values.slice(Math.max(0, place - AROUND), place + AROUND + 1).filter((value) => value !== null);
  return around.length > AROUND ? median(around) : undefined;
}
