/**
 * How much wider the noise of each value of a ratio is than that of a usual one. A ratio of few varies more: its variance is
 * `a + b / what it is divided by`, of which the share of `b` is the one under which the residuals are likeliest.
 */
import { at } from './at.js';
import { medianOf, ownMedian } from './statistics/quantile.js';

export interface Scales {
  /** The standard deviation of a usual value. */
  readonly unit: number;
  /** Of each value: 1 for a usual one. */
  readonly factors: Float64Array;
}

const PER_MAD = 1.4826;
/** Of the variance of a usual value, the part that comes of what it is divided by. */
const SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1];
/** Of 0 values a ratio is unknown; nothing is more than so many times as uncertain as a usual value. */
const WIDEST = 30;

/**
 * @param places of the known values
 * @param exposure what each value is divided by; undefined where all vary alike
 */
export function scalesOf(residuals: Float64Array, places: readonly number[], exposure?: Float64Array): Scales {
  const distances = Float64Array.from(places, (place) => Math.abs(at(residuals, place)));
  if (exposure === undefined) {
    return { unit: PER_MAD * medianOf(distances), factors: new Float64Array(residuals.length).fill(1) };
  }
  const usual = medianOf(Float64Array.from(places, (place) => at(exposure, place)));
  let best: Scales | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const share of SHARES) {
    const factors = exposure.map((own) =>
      Math.min(WIDEST, Math.sqrt(1 - share + (own > 0 ? (share * usual) / own : share * WIDEST))),
    );
    const unit = PER_MAD * ownMedian(distances.map((distance, order) => distance / at(factors, places[order] ?? 0)));
    // Of Laplace's distribution, by the median: outliers say nothing.
    const cost = places.reduce(
      (sum, place) => sum + Math.log(at(factors, place)),
      places.length * Math.log(unit + Number.MIN_VALUE),
    );
    if (best !== undefined && cost >= least) continue;
    least = cost;
    best = { unit, factors };
  }
  return best ?? scalesOf(residuals, places);
}

/** Residuals in standard deviations; 0 where a value is unknown, and where there is no noise. */
export function inDeviations(residuals: Float64Array, { unit, factors }: Scales, known: Float64Array): Float64Array {
  return residuals.map((value, index) => (at(known, index) > 0 && unit > 0 ? value / (unit * at(factors, index)) : 0));
}
