/**
 * STL, the decomposition into a season, a trend and a rest by loess. A translation of the authors' Fortran as R's `stl` runs
 * it: Cleveland, Cleveland, McRae and Terpenning, Journal of Official Statistics 6 (1990). Gaps are values of weight 0.
 */
import { at } from '../at.js';
import { ownMedian } from '../statistics/quantile.js';
import { less } from '../vectors.js';
import { type Loess, localFit, loess } from './loess.js';

export interface StlOptions {
  /** Values a season: a whole number of at least 2, of which the series has at least two. */
  readonly period: number;
  /** How many seasons the pattern is smoothed over: odd, at least 7. `periodic`: the same pattern throughout. */
  readonly seasonWindow: number | 'periodic';
  /** How often outliers are weighted down. R's `robust = TRUE` has 15 with one inner pass, `FALSE` none with two. */
  readonly robustPasses: number;
  /** 0 for a gap, 1 for a value. */
  readonly known?: Float64Array;
}

export interface Stl {
  readonly seasonal: Float64Array;
  readonly trend: Float64Array;
}

export function stl(values: Float64Array, options: StlOptions): Stl {
  const { period, robustPasses, known } = options;
  const isPeriodic = options.seasonWindow === 'periodic';
  const seasonWindow = options.seasonWindow === 'periodic' ? 10 * values.length + 1 : options.seasonWindow;
  const trendWindow = nextOdd(Math.ceil((1.5 * period) / (1 - 1.5 / seasonWindow)));
  const season = smoother(seasonWindow, 0);
  const low = smoother(nextOdd(period), 1);
  const slow = smoother(trendWindow, 1);
  const innerPasses = robustPasses > 0 ? 1 : 2;
  let weights = known;
  let seasonal: Float64Array = new Float64Array(values.length);
  let trend: Float64Array = new Float64Array(values.length);
  for (let outer = 0; outer <= robustPasses; outer++) {
    for (let inner = 0; inner < innerPasses; inner++) {
      const cycles = smoothCycles(less(values, trend), period, season, weights);
      const level = loess(movingAverage(movingAverage(movingAverage(cycles, period), period), 3), low);
      seasonal = less(cycles.subarray(period, period + level.length), level);
      trend = loess(less(values, seasonal), slow, weights);
    }
    if (outer < robustPasses) weights = outlierWeights(values, seasonal, trend, known);
  }
  return { seasonal: isPeriodic ? meanPattern(seasonal, period) : seasonal, trend };
}

/** As R chooses the distance of the fits. */
function smoother(window: number, degree: 0 | 1): Loess {
  return { window, degree, jump: Math.ceil(window / 10) };
}

export function nextOdd(value: number): number {
  return value % 2 === 0 ? value + 1 : value;
}

/** Each weekday (of a season of 7) smoothed by itself, with one season more at either end. */
function smoothCycles(values: Float64Array, period: number, season: Loess, weights?: Float64Array): Float64Array {
  const cycles = new Float64Array(values.length + 2 * period);
  for (let phase = 0; phase < period; phase++) {
    const count = Math.floor((values.length - 1 - phase) / period) + 1;
    const own = new Float64Array(count);
    const ownWeights = weights === undefined ? undefined : new Float64Array(count);
    for (let cycle = 0; cycle < count; cycle++) {
      own[cycle] = values[cycle * period + phase] ?? 0;
      if (weights !== undefined && ownWeights !== undefined) ownWeights[cycle] = weights[cycle * period + phase] ?? 0;
    }
    const smooth = loess(own, season, ownWeights);
    const reach = Math.min(season.window, count);
    const before = localFit(own, season, -1, 0, reach - 1, ownWeights) ?? at(smooth, 0);
    const after = localFit(own, season, count, count - reach, count - 1, ownWeights) ?? at(smooth, count - 1);
    cycles[phase] = before;
    for (let cycle = 0; cycle < count; cycle++) cycles[(cycle + 1) * period + phase] = smooth[cycle] ?? 0;
    cycles[(count + 1) * period + phase] = after;
  }
  return cycles;
}

function movingAverage(values: Float64Array, window: number): Float64Array {
  const averages = new Float64Array(values.length - window + 1);
  let sum = 0;
  for (let index = 0; index < window; index++) sum += values[index] ?? 0;
  averages[0] = sum / window;
  for (let index = 1; index < averages.length; index++) {
    sum += (values[index + window - 1] ?? 0) - (values[index - 1] ?? 0);
    averages[index] = sum / window;
  }
  return averages;
}

/** Loess by itself, with outliers weighted down in the same way (Cleveland, Journal of the American Statistical Association 74, 1979). */
export function robustLoess(values: Float64Array, options: Loess, known: Float64Array): Float64Array {
  const none = new Float64Array(values.length);
  let smooth = loess(values, options, known);
  for (let pass = 0; pass < 4; pass++) smooth = loess(values, options, outlierWeights(values, none, smooth, known));
  return smooth;
}

/** Bisquare weights of the distances from the fit, by six times their median. */
function outlierWeights(
  values: Float64Array,
  seasonal: Float64Array,
  trend: Float64Array,
  known: Float64Array | undefined,
): Float64Array {
  const count = values.length;
  const distances = new Float64Array(count);
  const ofKnown = new Float64Array(count);
  let knownCount = 0;
  for (let index = 0; index < count; index++) {
    const distance = Math.abs((values[index] ?? 0) - (seasonal[index] ?? 0) - (trend[index] ?? 0));
    distances[index] = distance;
    if (known === undefined || (known[index] ?? 0) > 0) ofKnown[knownCount++] = distance;
  }
  const reach = 6 * ownMedian(ofKnown.subarray(0, knownCount));
  const weights = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const distance = distances[index] ?? 0;
    if ((known !== undefined && known[index] === 0) || distance > 0.999 * reach) continue;
    const ratio = distance / reach;
    const rest = 1 - ratio * ratio;
    weights[index] = distance <= 0.001 * reach ? 1 : rest * rest;
  }
  return weights;
}

function meanPattern(seasonal: Float64Array, period: number): Float64Array {
  const sums = new Float64Array(period);
  const counts = new Float64Array(period);
  seasonal.forEach((value, index) => {
    sums[index % period] = at(sums, index % period) + value;
    counts[index % period] = at(counts, index % period) + 1;
  });
  return seasonal.map((_, index) => at(sums, index % period) / at(counts, index % period));
}
