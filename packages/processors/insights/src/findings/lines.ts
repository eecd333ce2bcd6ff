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
  const places = placesOf(series);
  const begin = medianOf(places.map((place) => at(series.values, place) - slope * place));
  return { begin, distance: meanOf(places.map((place) => Math.abs(at(series.values, place) - begin - slope * place))) };
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
    const places = [...Array(width).keys()].map((place) => index * width + place);
    const own = Float64Array.from(
      places.filter((place) => at(known, place) > 0),
      (place) => at(values, place),
    );
    if (own.length === 0) continue;
    medians[index] = medianOf(own);
    isKnown[index] = 1;
  }
  return { values: medians, known: isKnown, knownCount: isKnown.reduce((sum, one) => sum + one, 0) };
}

function placesOf({ values, known }: Series): Float64Array {
  return Float64Array.from(values.keys()).filter((place) => at(known, place) > 0);
}

function distanceToMedian(values: Float64Array): number {
  const middle = medianOf(values);
  return values.reduce((sum, value) => sum + Math.abs(value - middle), 0);
}

function meanOf(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
