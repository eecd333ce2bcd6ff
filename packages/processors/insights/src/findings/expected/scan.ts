/**
 * Days in a row that are all a little off in one direction, where no single one is rare: windows of several lengths are
 * compared with how far noise drives the sum of as many days (scan statistic: Naus, Journal of the American Statistical
 * Association 60, 1965). Days are drawn to within a reach, so that a single one makes no window.
 */
import { at } from '../../series/at.js';
import { clippedCorrelation } from '../../series/statistics/autocorrelation.js';
import { normalTails } from '../../series/statistics/distributions.js';

export interface Window {
  /** Orders of the values, both included. */
  readonly first: number;
  readonly last: number;
  readonly isUp: boolean;
  /** How often noise alone has such a window anywhere. */
  readonly p: number;
}

/** Days. What is longer is a shift of the level, what is shorter a spike or drop. */
const LENGTHS = [3, 4, 5, 6, 7, 8, 10, 12, 14];

/** Standard deviations. */
const REACH = 2.5;

/** How far the days of a window are off on average, at least: what is less may be a bend of the level. */
const LEAST_MEAN = 1.2;

/**
 * @param surprise of each known value, oldest first, in standard deviations
 * @param most false windows, on average
 * @returns windows that do not overlap, by their place
 */
export function scan(surprise: Float64Array, most: number): readonly Window[] {
  const clipped = surprise.map((value) => Math.min(Math.max(value, -REACH), REACH));
  const memory = clippedCorrelation(clipped, REACH);
  const squares = clipped.reduce((sum, value) => sum + value * value, 0) / Math.max(1, clipped.length);
  const deviation = Math.max(1, Math.sqrt((squares * (1 + memory)) / (1 - memory)));
  const sums = new Float64Array(clipped.length + 1);
  clipped.forEach((value, order) => {
    sums[order + 1] = at(sums, order) + value;
  });
  // Windows of nearby lengths are nearly the same: each doubling counts as one.
  const tried = surprise.length * Math.log2((LENGTHS.at(-1) ?? 1) / (LENGTHS[0] ?? 1));
  const found: Window[] = [];
  for (const length of LENGTHS) {
    for (let first = 0; first + length <= clipped.length; first++) {
      const sum = at(sums, first + length) - at(sums, first);
      if (Math.abs(sum) < LEAST_MEAN * length) continue;
      const p = normalTails(sum / (deviation * Math.sqrt(length))) * tried;
      if (p <= most) found.push({ first, last: first + length - 1, isUp: sum > 0, p });
    }
  }
  const kept: Window[] = [];
  for (const window of found.sort((a, b) => a.p - b.p)) {
    if (kept.every(({ first, last }) => window.last < first || window.first > last)) kept.push(window);
  }
  return kept.sort((a, b) => a.first - b.first);
}
