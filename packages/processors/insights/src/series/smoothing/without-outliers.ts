/** Values whose outliers are drawn to their neighbours: a spike is not what follows. */
import { at } from '../at.js';
import { medianOf } from '../statistics/quantile.js';
import { theilSenSlope } from '../statistics/theil-sen.js';

/** Neighbours on either side. */
const HALF = 7;
const WIDTH = 2 * HALF + 1;
/** Standard deviations: what is farther from the middle of its neighbours is an outlier. */
const FAR = 4;
/** A standard deviation of normal noise, by the median distance. */
const PER_MEDIAN = 1.4826;

/**
 * @param fitted how many values a season was fitted with that has been taken out: what is left is smaller by that. 0: none was
 */
export function withoutOutliers(values: Float64Array, fitted: number): Float64Array {
  const middles = values.map((_, index) => middleAt(values, index));
  const distances = values.map((value, index) => Math.abs(value - at(middles, index)));
  const limit = FAR * PER_MEDIAN * medianOf(distances) * Math.sqrt(values.length / (values.length - fitted));
  if (!(limit > 0)) return values;
  return values.map((value, index) => (at(distances, index) > limit ? at(middles, index) : value));
}

/** The median of the neighbours; of those at an end, which lie on one side, along their slope: a trend has no outlier there. */
function middleAt(values: Float64Array, index: number): number {
  const start = Math.max(0, Math.min(index - HALF, values.length - WIDTH));
  const near = values.subarray(start, start + WIDTH);
  if (start === index - HALF) return medianOf(near);
  const slope = theilSenSlope({ values: near, known: new Float64Array(near.length).fill(1) }) ?? 0;
  return medianOf(near.map((value, place) => value - slope * (start + place - index)));
}
