/** Straight lines and steps through a series, compared by the mean distance that they leave. */
import { at } from '../series/at.js';
import type { Series } from '../series/input.js';
import { medianOf } from '../series/statistics/quantile.js';
import { type Trend, theilSen, theilSenSlope } from '../series/statistics/theil-sen.js';

export interface Line extends Trend {
  /** What the line has at the first and the last place. */
  readonly first: number;
  readonly last: number;
  /** The mean distance of the known values from it. */
  readonly distance: number;
}

/** Undefined for fewer than three known values. */
export function lineOf(series: Series): Line | undefined {
  const trend = theilSen(series);
  if (!trend) return undefined;
  const { begin, distance } = fitOf(series, trend.slope);
  return { ...trend, first: begin, last: begin + trend.slope * (series.values.length - 1), distance };
}

/** The mean distance of the known values from their line. Undefined for fewer than three. */
export function lineDistance(series: Series): number | undefined {
  const slope = theilSenSlope(series);
  return slope === undefined ? undefined : fitOf(series, slope).distance;
}

function fitOf(series: Series, slope: number): { readonly begin: number; readonly distance: number } {
  const { values, known } = series;
  const rests = values.map((value, place) => value - slope * place).filter((_, place) => at(known, place) > 0);
  const begin = medianOf(rests);
  let sum = 0;
  for (let place = 0; place < values.length; place++) {
    if (at(known, place) > 0) sum += Math.abs(at(values, place) - begin - slope * place);
  }
  return { begin, distance: rests.length === 0 ? 0 : sum / rests.length };
}

/** The mean distance from two levels, with the step where they are best. At least `least` values are on each side. */
export function stepDistance({ values, known }: Series, least: number): number {
  const own = values.filter((_, index) => at(known, index) > 0);
  let best = Number.POSITIVE_INFINITY;
  const every = Math.max(1, Math.floor(own.length / 60));
  for (let step = least; step <= own.length - least; step += every) {
    best = Math.min(
      best,
      (distanceToMedian(own.subarray(0, step)) + distanceToMedian(own.subarray(step))) / own.length,
    );
  }
  return best;
}

/** A part of a series, from a place up to another. */
export function partOf({ values, known }: Series, from: number, to: number): Series {
  const own = known.subarray(from, to);
  return { values: values.subarray(from, to), known: own, knownCount: own.reduce((sum, one) => sum + one, 0) };
}

/** Medians of so many values in a row: a shorter series of the same shape. */
export function mediansOf({ values, known }: Series, width: number): Series {
  const count = Math.floor(values.length / width);
  const medians = new Float64Array(count);
  const isKnown = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const begin = index * width;
    const own = values.slice(begin, begin + width).filter((_, offset) => at(known, begin + offset) > 0);
    if (own.length === 0) continue;
    medians[index] = medianOf(own);
    isKnown[index] = 1;
  }
  return { values: medians, known: isKnown, knownCount: isKnown.reduce((sum, one) => sum + one, 0) };
}

function distanceToMedian(values: Float64Array): number {
  const middle = medianOf(values);
  return values.reduce((sum, value) => sum + Math.abs(value - middle), 0);
}
