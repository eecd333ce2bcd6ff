/**
 * Many series vary more where they are higher: sales by a share of their level. Their differences are made comparable by the
 * transformation that stabilizes a deviation of `a + b · level`, which is `ln(a + b · value) / b` (Bartlett, Biometrics 3,
 * 1947). Unlike a logarithm alone it also fits a series whose values have been scaled or shifted by a constant.
 */
import { at } from '../at.js';
import { absolute } from '../vectors.js';

export interface Stabilizer {
  /** How much the deviation grows with the level, in that at the middle level: 0 where no transformation is needed. */
  readonly slope: number;
  transform(value: number): number;
  restore(value: number): number;
  /**
   * A residual of transformed values, halfway back to the values themselves. Noise that grows with the level is symmetric in some
   * shops among the values, in others among their logarithms: halfway it is nearly so in both.
   */
  loosen(residual: number): number;
  /** The reverse. */
  tighten(loosened: number): number;
}

/** What the transformation is where none is needed. */
export const same = (value: number) => value;
const NONE: Stabilizer = { slope: 0, transform: same, restore: same, loosen: same, tighten: same };

/** What is farther below is as far as the logarithm reaches. */
const LEAST_LOOSENED = 1e-9 - 1;

/** Of values whose range is about 1: what varies less is constant. */
const ROUNDING = 1e-5;

/** How sure the slope has to be, in standard errors. */
const CERTAIN = 3;

/** The deviation at the lowest level is at least this share of that at the middle: what lies lower is an extrapolation. */
const LEAST_SHARE = 0.15;

/**
 * @param levels what is expected of each value
 * @param residuals of the same values
 */
export function stabilizer(levels: Float64Array, residuals: Float64Array): Stabilizer {
  const count = levels.length;
  const sorted = Float64Array.from(levels).sort();
  const middle = at(sorted, count >> 1);
  const lowest = at(sorted, Math.floor(count / 100));
  const highest = at(sorted, count - 1 - Math.floor(count / 100));
  const distances = absolute(residuals);
  const cap = 3 * 1.4826 * at(Float64Array.from(distances).sort(), count >> 1);
  if (cap <= ROUNDING || highest - lowest <= ROUNDING) return NONE;
  let meanLevel = 0;
  let meanDistance = 0;
  for (let index = 0; index < count; index++) {
    distances[index] = Math.min(at(distances, index), cap);
    meanLevel += at(levels, index) / count;
    meanDistance += at(distances, index) / count;
  }
  let squares = 0;
  let products = 0;
  let rest = 0;
  for (let index = 0; index < count; index++) {
    const offset = at(levels, index) - meanLevel;
    squares += offset * offset;
    products += offset * at(distances, index);
    rest += (at(distances, index) - meanDistance) ** 2;
  }
  let slope = products / squares;
  const error = Math.sqrt(rest / count / squares);
  if (!(Math.abs(slope) > CERTAIN * error)) return NONE;
  // In units of the deviation at the middle level: 1 + slope · (value − middle).
  const atMiddle = meanDistance + slope * (middle - meanLevel);
  if (!(atMiddle > 0)) return NONE;
  slope /= atMiddle;
  const bound = slope > 0 ? lowest : highest;
  if (1 + slope * (bound - middle) < LEAST_SHARE) slope = (LEAST_SHARE - 1) / (bound - middle);
  const floor = LEAST_SHARE / 3;
  const half = slope / 2;
  return {
    slope,
    transform: (value) => middle + Math.log(Math.max(floor, 1 + slope * (value - middle))) / slope,
    restore: (value) => middle + Math.expm1((value - middle) * slope) / slope,
    loosen: (residual) => Math.expm1(residual * half) / half,
    tighten: (loosened) => Math.log1p(Math.max(LEAST_LOOSENED, loosened * half)) / half,
  };
}
