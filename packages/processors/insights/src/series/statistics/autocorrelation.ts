/** How much a value has of the one before it. */
import { at } from '../at.js';
import { medianOf } from './quantile.js';

const PER_MAD = 1.4826;
/** Deviations from the median beyond which a value is drawn nearer, so that a spike does not hide the memory of the noise. */
const REACH = 2.5;

/** The autocorrelation of neighbours around the median, from 0 to 0.9: what lies below 0 narrows no interval. */
export function neighbourCorrelation(values: Float64Array): number {
  const centre = medianOf(values);
  const spread = PER_MAD * medianOf(values.map((value) => Math.abs(value - centre)));
  const limit = spread > 0 ? REACH * spread : Number.POSITIVE_INFINITY;
  return clippedCorrelation(
    values.map((value) => value - centre),
    limit,
  );
}

/** @param residuals around 0 */
export function clippedCorrelation(residuals: Float64Array, limit: number): number {
  let products = 0;
  let squares = 0;
  let last = 0;
  for (let index = 0; index < residuals.length; index++) {
    const own = Math.min(Math.max(at(residuals, index), -limit), limit);
    squares += own * own;
    products += own * last;
    last = own;
  }
  return squares > 0 ? Math.min(0.9, Math.max(0, products / squares)) : 0;
}
