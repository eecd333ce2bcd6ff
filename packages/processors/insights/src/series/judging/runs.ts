/**
 * Days in a row that are far off in one direction are one event and not as many. By independent noise, however heavy its tails are,
 * such days hardly ever follow each other: counted one by one, a week of a short series makes the noise look as wide as the event.
 */
import { at } from '../at.js';
import { ownMedian } from '../statistics/quantile.js';
import { absolute, atPlaces } from '../vectors.js';

/** From so many standard deviations on, by the median distance, a residual is far. */
const FAR = 2.5;
/** So many are a run: two happen by chance. */
const LEAST_RUN = 3;
/** A run of residuals that are less far may be an event: what leaves it out may be generous. */
const OFF = 1.5;

const PER_MAD = 1.4826;
/** Of values whose range is about 1. */
const ROUNDING = 1e-5;

/** The residuals with one of each run of three or more far ones: its middle one. */
export function oneOfEachRun(residuals: Float64Array): Float64Array {
  const limit = FAR * PER_MAD * ownMedian(absolute(residuals));
  if (!(limit > ROUNDING)) return residuals;
  const kept = residuals.slice();
  let count = 0;
  for (let first = 0; first < residuals.length; ) {
    const end = endOfRun(residuals, first, limit);
    if (end - first < LEAST_RUN) {
      kept[count++] = at(residuals, first);
      first += 1;
    } else {
      kept[count++] = at(residuals.slice(first, end).sort(), (end - first) >> 1);
      first = end;
    }
  }
  return kept.subarray(0, count);
}

/** Of the residuals at each of these places, 1 where it may be part of an event of several days. */
export function runsIn(residuals: Float64Array, places: Float64Array): Float64Array {
  const own = atPlaces(residuals, places);
  const limit = OFF * PER_MAD * ownMedian(absolute(own));
  const isIn = new Float64Array(own.length);
  for (let first = 0; first < own.length; ) {
    const end = endOfRun(own, first, limit);
    if (end - first >= LEAST_RUN) isIn.fill(1, first, end);
    first = Math.max(end, first + 1);
  }
  return isIn;
}

/** The most values in a row that are 1. */
export function longestRun(isIn: Float64Array): number {
  let longest = 0;
  let length = 0;
  for (let order = 0; order < isIn.length; order++) {
    length = isIn[order] === 1 ? length + 1 : 0;
    longest = Math.max(longest, length);
  }
  return longest;
}

/** The first value behind those from `first` on that are farther than this in its direction: itself where it is not. */
function endOfRun(values: Float64Array, first: number, limit: number): number {
  const sign = (values[first] ?? 0) > 0 ? 1 : -1;
  let end = first;
  while (end < values.length && sign * (values[end] ?? 0) > limit) end += 1;
  return end;
}
