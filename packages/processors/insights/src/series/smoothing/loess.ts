/**
 * Loess as STL uses it: local lines (or constants) with tricube weights over a fixed number of neighbours, computed at every
 * `jump`th value and drawn straight between. A translation of `stless` and `stlest` of the authors' Fortran
 * (netlib.org/a/stl): Cleveland, Cleveland, McRae and Terpenning, "STL: A Seasonal-Trend Decomposition Procedure Based on
 * Loess", Journal of Official Statistics 6 (1990).
 */
import { at } from '../at.js';

export interface Loess {
  /** How many neighbours a local fit has: odd. */
  readonly window: number;
  /** 0: local constants, 1: local lines. */
  readonly degree: 0 | 1;
  /** A fit at every so many values. */
  readonly jump: number;
}

/**
 * @param values with the first in `values[0]`
 * @param weights of the values, or undefined where all weigh the same
 */
export function loess(values: Float64Array, options: Loess, weights?: Float64Array): Float64Array {
  const { window } = options;
  const count = values.length;
  const smooth = new Float64Array(count);
  if (count < 2) {
    smooth.set(values);
    return smooth;
  }
  const jump = Math.min(options.jump, count - 1);
  const half = (window - 1) >> 1;
  const nearness = nearnessOf(options, half);
  const fitAt = (place: number) => {
    if (place >= half && place + half < count && half > 0) {
      smooth[place] = centredFit(values, nearness, place, options.degree, weights) ?? at(values, place);
      return;
    }
    const [from, to] = neighbours(place, window, count);
    smooth[place] = localFit(values, options, place, from, to, weights) ?? at(values, place);
  };
  let last = 0;
  for (let place = 0; place < count; place += jump) {
    fitAt(place);
    drawLine(smooth, last, place);
    last = place;
  }
  if (last !== count - 1) {
    // The authors fit the last value with the neighbours of the last that was fitted.
    const [from, to] = neighbours(last, window, count);
    smooth[count - 1] = localFit(values, options, count - 1, from, to, weights) ?? at(values, count - 1);
    drawLine(smooth, last, count - 1);
  }
  return smooth;
}

/** The first and last of the neighbours that a fit at a place uses. */
function neighbours(place: number, window: number, count: number): [from: number, to: number] {
  if (window >= count) return [0, count - 1];
  const half = (window - 1) >> 1;
  const from = Math.min(Math.max(place - half, 0), count - window);
  return [from, from + window - 1];
}

function drawLine(smooth: Float64Array, from: number, to: number): void {
  const first = at(smooth, from);
  const step = (at(smooth, to) - first) / (to - from);
  for (let place = from + 1; place < to; place++) smooth[place] = first + step * (place - from);
}

/** Each weekday is smoothed in the same way, and several times. */
const nearnesses = new WeakMap<Loess, Float64Array>();

/** Of neighbours at each distance, where there are as many on either side. */
function nearnessOf(options: Loess, half: number): Float64Array {
  const known = nearnesses.get(options);
  if (known !== undefined) return known;
  const made = Float64Array.from({ length: half + 1 }, (_, distance) => {
    if (distance > 0.999 * half) return 0;
    const ratio = distance / half;
    const nearness = 1 - ratio * ratio * ratio;
    return distance <= 0.001 * half ? 1 : nearness * nearness * nearness;
  });
  nearnesses.set(options, made);
  return made;
}

/** A local fit at a place with as many neighbours on either side, most of which there are: the weights are known. */
function centredFit(
  values: Float64Array,
  nearness: Float64Array,
  place: number,
  degree: 0 | 1,
  weights: Float64Array | undefined,
): number | undefined {
  const half = nearness.length - 1;
  let total = 0;
  let first = 0;
  let second = 0;
  let sum = 0;
  let product = 0;
  for (let offset = 1 - half; offset < half; offset++) {
    const index = place + offset;
    let weight = nearness[offset < 0 ? -offset : offset] ?? 0;
    if (weights !== undefined) weight *= weights[index] ?? 0;
    const weighted = weight * (values[index] ?? 0);
    total += weight;
    first += weight * offset;
    second += weight * offset * offset;
    sum += weighted;
    product += weighted * offset;
  }
  if (total <= 0) return undefined;
  const mean = sum / total;
  if (degree === 0) return mean;
  const centre = first / total;
  const variance = second / total - centre * centre;
  if (Math.sqrt(Math.max(variance, 0)) <= 0.001 * (values.length - 1)) return mean;
  const slope = (product / total - centre * mean) / variance;
  return mean - slope * centre;
}

/**
 * The value of a local fit at a place, which may lie outside the values. Undefined where all weights are 0.
 *
 * @param from first neighbour
 * @param to last neighbour
 */
export function localFit(
  values: Float64Array,
  { window, degree }: Loess,
  place: number,
  from: number,
  to: number,
  weights?: Float64Array,
): number | undefined {
  const count = values.length;
  const beyond = window > count ? (window - count) >> 1 : 0;
  const width = Math.max(place - from, to - place) + beyond;
  const near = 0.001 * width;
  const far = 0.999 * width;
  let total = 0;
  let first = 0;
  let second = 0;
  let sum = 0;
  let product = 0;
  for (let index = from; index <= to; index++) {
    const offset = index - place;
    const distance = Math.abs(offset);
    if (distance > far) continue;
    const ratio = distance / width;
    const nearness = 1 - ratio * ratio * ratio;
    let weight = distance <= near ? 1 : nearness * nearness * nearness;
    if (weights !== undefined) weight *= weights[index] ?? 0;
    const value = values[index] ?? 0;
    total += weight;
    first += weight * offset;
    second += weight * offset * offset;
    sum += weight * value;
    product += weight * offset * value;
  }
  if (total <= 0) return undefined;
  const mean = sum / total;
  if (width <= 0 || degree === 0) return mean;
  const centre = first / total;
  const variance = second / total - centre * centre;
  if (Math.sqrt(Math.max(variance, 0)) <= 0.001 * (count - 1)) return mean;
  const slope = (product / total - centre * mean) / variance;
  return mean - slope * centre;
}
