/**
 * How likely noise is as far from 0 as a residual, by the noise itself: two quantiles of the distances say how heavy its
 * tails are. Quantiles, so that the few anomalies do not make the tails heavy. Beyond the data a tail is an extrapolation:
 * taken is the geometric mean of a light one, Weibull's, and a heavy one, Student's, both through the same two quantiles.
 */

import { absolute } from '../vectors.js';
import { normalTails, studentTails } from './distributions.js';
import { ownMedian, sortedQuantile } from './quantile.js';

/** Degrees of freedom, the ratio of the 95 % to the 50 % quantile of the distance from 0, and the latter: R's `qt`. */
const STUDENT: readonly (readonly [freedom: number, ratio: number, median: number])[] = [
  [2, 5.27, 0.8165],
  [2.5, 4.547, 0.7852],
  [3, 4.161, 0.7649],
  [4, 3.748, 0.7407],
  [5, 3.538, 0.7267],
  [7, 3.326, 0.7111],
  [10, 3.184, 0.6998],
  [15, 3.083, 0.6912],
  [30, 2.991, 0.6828],
  [1e7, 2.906, 0.6745],
];

/** Of values whose range is about 1. */
const ROUNDING = 1e-6;

/** What is so many standard deviations away is no noise. */
const GROSS = 10;
/** So many of such values count as noise at most: they hardly move the quantile of 95 %. */
const GROSS_SHARE = 0.02;
const NORMAL_MIDDLE = 0.6745;

/** Of the normal distribution. */
const LEAST_RATIO = 2.906;

/** ln(ln 20 / ln 2): how far apart the two quantiles are in the logarithm of Weibull's distance. */
const APART = Math.log(Math.log(20) / Math.LN2);

export interface Tails {
  /** The median distance of the noise. 0 where there is no noise. */
  readonly middle: number;
  /** The share of the noise that is at least as far from 0, were it on both sides as on that of the residual. */
  beyond(residual: number): number;
  /** The distance from 0 of which this is the share, on one side. */
  reach(share: number, sign: 1 | -1): number;
}

export function tailsOf(residuals: Float64Array): Tails {
  const middle = ownMedian(absolute(residuals));
  if (!(middle > ROUNDING)) return ofSquares(residuals);
  // Made when they are first asked for: where the two groups of values are enough, they are not.
  let tails: ReturnType<typeof sidesOf> | undefined;
  return withReach(middle, (residual) => {
    tails ??= sidesOf(residuals, middle);
    return residual > 0 ? tails.above(residual) : tails.below(-residual);
  });
}

function sidesOf(residuals: Float64Array, middle: number) {
  const limit = (GROSS * middle) / NORMAL_MIDDLE;
  const far = farOf(absolute(residuals).sort(), limit);
  const side = (sign: number) => {
    const own = residuals.filter((value) => value * sign > 0);
    return tailOf(middle, own.length < 40 ? far : Math.sqrt(far * farOf(absolute(own).sort(), limit)));
  };
  return { above: side(1), below: side(-1) };
}

/** Farther than 95 % of the noise. */
function farOf(sorted: Float64Array, limit: number): number {
  const near = sorted.findLastIndex((distance) => distance <= limit) + 1;
  const gross = Math.min(sorted.length - near, Math.floor(GROSS_SHARE * sorted.length));
  return sortedQuantile(sorted.subarray(0, near + gross), 0.95);
}

function withReach(middle: number, beyond: (residual: number) => number): Tails {
  const known = new Map<number, number>();
  return {
    middle,
    beyond,
    reach(share, sign) {
      const reach = known.get(share * sign) ?? reachOf(middle, beyond, share, sign);
      known.set(share * sign, reach);
      return reach;
    },
  };
}

/** By bisection. */
function reachOf(middle: number, beyond: (residual: number) => number, share: number, sign: 1 | -1): number {
  let low = 0;
  let high = middle;
  while (high > 0 && beyond(sign * high) > share) high *= 2;
  for (let pass = 0; pass < 40; pass++) {
    const centre = (low + high) / 2;
    if (beyond(sign * centre) > share) low = centre;
    else high = centre;
  }
  return high;
}

/** More than half of the values are as expected to the digit: then by the squares, as if the noise were normal. */
function ofSquares(residuals: Float64Array): Tails {
  const mean = residuals.reduce((sum, value) => sum + value * value, 0) / Math.max(1, residuals.length);
  const middle = 0.6745 * Math.sqrt(mean);
  if (!(middle > ROUNDING)) return { middle: 0, beyond: () => 1, reach: () => 0 };
  return withReach(middle, (residual) => normalTails((0.6745 * residual) / middle));
}

/** @param far 95 % of the noise are nearer */
function tailOf(middle: number, far: number): (distance: number) => number {
  const ratio = Math.max(far / middle, LEAST_RATIO);
  const [freedom, , median] = STUDENT.findLast(([, own]) => own >= ratio) ?? STUDENT[0] ?? [2, 5.27, 0.8165];
  const shape = APART / Math.log(ratio);
  return (distance) => {
    const times = distance / middle;
    const light = Math.LN2 * times ** shape;
    const heavy = -Math.log(Math.max(studentTails(times * median, freedom), Number.MIN_VALUE));
    return Math.exp(-(light + heavy) / 2);
  };
}
