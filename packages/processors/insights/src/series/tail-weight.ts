/**
 * How likely noise is as far from 0 as a residual, by the noise itself: two quantiles of the distances say how heavy its
 * tails are. Quantiles, so that the few anomalies do not make the tails heavy. Beyond the data a tail is an extrapolation:
 * taken is the geometric mean of a light one, Weibull's, and a heavy one, Student's, both through the same two quantiles.
 */
import { studentTails } from './distributions.js';
import { sortedQuantile } from './quantile.js';

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

/** ln(ln 20 / ln 2): how far apart the two quantiles are in the logarithm of Weibull's distance. */
const APART = Math.log(Math.log(20) / Math.LN2);

export interface Tails {
  /** The median distance of the noise. */
  readonly middle: number;
  /** The share of the noise that is at least as far from 0. */
  beyond(distance: number): number;
}

export function tailsOf(residuals: Float64Array): Tails {
  const distances = residuals.map(Math.abs).sort();
  const middle = sortedQuantile(distances, 0.5);
  const ratio = Math.max(sortedQuantile(distances, 0.95) / middle, 2.906);
  const heavier = STUDENT.findLast(([, own]) => own >= ratio) ?? STUDENT[0] ?? [2, 5.27, 0.8165];
  const [freedom, , median] = heavier;
  const shape = APART / Math.log(ratio);
  const W = Number(process.env.TW ?? 0.5);
  return {
    middle,
    beyond(distance) {
      const times = distance / middle;
      const light = Math.LN2 * times ** shape;
      const heavy = -Math.log(Math.max(studentTails(times * median, freedom), 1e-300));
      return Math.exp(-(1 - W) * light - W * heavy);
    },
  };
}
