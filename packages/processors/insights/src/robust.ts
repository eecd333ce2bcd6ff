/** Statistics that a few odd values do not move: median, median absolute deviation, and the noise of a daily series. */
import { neighbourCorrelation } from './series/statistics/autocorrelation.js';

/** Makes the median absolute deviation of normal noise its standard deviation: Rousseeuw and Croux, 1993. */
const PER_MAD = 1.4826;

/** Undefined for no values. */
export function median(values: readonly number[]): number | undefined {
  const sorted = new Float64Array(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined || sorted.length % 2 === 1) return upper;
  const lower = sorted[middle - 1] ?? upper;
  // Not by their sum, which may be infinite.
  return lower + (upper - lower) / 2;
}

/** The median distance of values from a centre. */
export function mad(values: readonly number[], centre: number): number {
  return median(values.map((value) => Math.abs(value - centre))) ?? 0;
}

/**
 * The standard deviation of values around a centre, as if they were normal. Where more than half of them are the centre
 * itself, as with rare sales, their median distance is 0 and says nothing of the others: then by the squares.
 */
export function spread(values: readonly number[], centre: number): number {
  const typical = mad(values, centre);
  if (typical > 0 || values.length === 0) return PER_MAD * typical;
  // `hypot` does not overflow as a sum of squares does.
  return Math.hypot(...values.map((value) => value - centre)) / Math.sqrt(values.length);
}

/** Fewer differences say nothing of the noise. */
const LEAST_DIFFERENCES = 14;

const WEEK = 7;

/**
 * The noise of one day of a series: from its differences to the same weekday a week before, which neither the pattern of
 * the week, a trend nor a change of level moves. Undefined where too little is known.
 *
 * @param values by day, oldest first, undefined where nothing is known
 */
export function dailyNoise(values: readonly (number | undefined)[]): number | undefined {
  const differences = weeklyDifferences(values);
  if (differences.length < LEAST_DIFFERENCES) return undefined;
  // A difference has the noise of two days.
  return spread(differences, median(differences) ?? 0) / Math.SQRT2;
}

/**
 * How many days of noise one day counts as in a sum: 1 where days know nothing of each other, `(1 + r) / (1 - r)` where
 * neighbours have the correlation `r` (Zwiers and von Storch, Journal of Climate 8, 1995).
 *
 * @param values as those of {@link dailyNoise}
 */
export function noiseMemory(values: readonly (number | undefined)[]): number {
  const differences = weeklyDifferences(values);
  if (differences.length < LEAST_DIFFERENCES) return 1;
  const memory = neighbourCorrelation(Float64Array.from(differences));
  return (1 + memory) / (1 - memory);
}

function weeklyDifferences(values: readonly (number | undefined)[]): number[] {
  const differences: number[] = [];
  values.forEach((value, index) => {
    const before = values[index - WEEK];
    if (value !== undefined && before !== undefined) differences.push(value - before);
  });
  return differences;
}
