/**
 * How much wider the noise of each value of a ratio is than that of a usual one. A ratio of few varies more: its variance is
 * `a + b / what it is divided by`. The share of `b` is the one that fits best what values that are divided by about as much vary
 * among themselves, by their median distance, so that outliers say nothing.
 */
import { at } from '../at.js';
import { medianOf, ownMedian } from '../statistics/quantile.js';

export interface Scales {
  /** The standard deviation of a usual value. */
  readonly unit: number;
  /** Of each value: 1 for a usual one. */
  readonly factors: Float64Array;
}

const PER_MAD = 1.4826;
/** Values are compared in groups of at least so many, and in at most so many groups. */
const LEAST_GROUP = 20;
const MOST_GROUPS = 12;
/** Of the variance of a usual value, the part that comes of what it is divided by: in tenths. */
const TENTHS = Array.from({ length: 11 }, (_, tenth) => tenth / 10);
/** Nothing is more than so many times as uncertain as a usual value. */
const WIDEST = 30;

/**
 * @param places of the known values
 * @param exposure what each value is divided by; undefined where all vary alike
 */
export function scalesOf(residuals: Float64Array, places: readonly number[], exposure?: Float64Array): Scales {
  const usual = exposure && medianOf(Float64Array.from(places, (place) => at(exposure, place)));
  if (exposure === undefined || usual === undefined || !(usual > 0)) {
    return { unit: spreadOf(residuals, places), factors: new Float64Array(residuals.length).fill(1) };
  }
  const share = shareOf(residuals, places, (place) => usual / at(exposure, place));
  const factors = exposure.map((own) => (own > 0 ? Math.min(WIDEST, Math.sqrt(1 - share + (share * usual) / own)) : 1));
  return {
    unit: spreadOf(
      residuals.map((value, index) => value / at(factors, index)),
      places,
    ),
    factors,
  };
}

/** @param rarity how many times less than usual a value is divided by */
function shareOf(residuals: Float64Array, places: readonly number[], rarity: (place: number) => number): number {
  const sorted = places.toSorted((one, other) => rarity(one) - rarity(other));
  const count = Math.min(MOST_GROUPS, Math.floor(sorted.length / LEAST_GROUP));
  const groups = Array.from({ length: count }, (_, group) => {
    const own = sorted.slice(
      Math.floor((group * sorted.length) / count),
      Math.floor(((group + 1) * sorted.length) / count),
    );
    return { rarity: rarity(own[own.length >> 1] ?? 0), spread: spreadOf(residuals, own) };
  }).filter(({ spread }) => spread > 0);
  const misfit = (share: number) => {
    const rests = groups.map((group) => 2 * Math.log(group.spread) - Math.log(1 - share + share * group.rarity));
    const mean = rests.reduce((sum, rest) => sum + rest / rests.length, 0);
    return rests.reduce((sum, rest) => sum + (rest - mean) ** 2, 0);
  };
  return TENTHS.reduce((best, share) => (misfit(share) < misfit(best) - 1e-9 ? share : best), 0);
}

/** A standard deviation around 0, by the median distance. */
function spreadOf(residuals: Float64Array, places: readonly number[]): number {
  const distances = new Float64Array(places.length);
  for (let order = 0; order < places.length; order++) distances[order] = Math.abs(residuals[places[order] ?? 0] ?? 0);
  return PER_MAD * ownMedian(distances);
}

/** Residuals in standard deviations; 0 where a value is unknown, and where there is no noise. */
export function inDeviations(residuals: Float64Array, { unit, factors }: Scales, known: Float64Array): Float64Array {
  return residuals.map((value, index) => (at(known, index) > 0 && unit > 0 ? value / (unit * at(factors, index)) : 0));
}
