/** How far the values of a series lie from each other, and which are so far that they would bend what is expected of all others. */
import { quantileOf, sortedQuantile } from './statistics/quantile.js';

/** Where more values than this are farther, they are another level. */
const FEW = 0.01;

export interface Span {
  readonly centre: number;
  /** In which four of five values lie. */
  readonly scale: number;
  /** One value that is farther from the centre, as 1e15 among hundreds, is taken for one that is as far. */
  readonly farthest: number;
}

/**
 * Undefined for constant values.
 *
 * @param farthest in units of `scale`
 */
export function spanOf(own: Float64Array, farthest: number): Span | undefined {
  const sorted = own.slice().sort();
  const centre = sortedQuantile(sorted, 0.5);
  const distances = own.map((value) => Math.abs(value - centre));
  let scale = sortedQuantile(sorted, 0.9) - sortedQuantile(sorted, 0.1);
  if (!(scale > 0)) scale = distances.reduce((most, distance) => Math.max(most, distance), 0);
  if (!(scale > 1e-12 * Math.abs(centre))) return undefined;
  return { centre, scale, farthest: Math.max(farthest * scale, quantileOf(distances, 1 - FEW)) };
}

export function drawnIn(value: number, { centre, farthest }: Span): number {
  return Math.max(centre - farthest, Math.min(centre + farthest, value));
}
