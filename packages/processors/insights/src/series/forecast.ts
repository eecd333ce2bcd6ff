/**
 * What a series will be: several simple forecasts, weighted by how well each did on the series' own past.
 *
 * - The forecasts: exponential smoothing of what robust STL leaves, simple and with a damped or a lasting trend; Holt and Winters;
 *   the last season again; with a season of years also without its waves. Of few seasons also the smoothing that an information
 *   criterion chooses, and all of them of the logarithms.
 * - Each is made again from earlier origins and compared with what came (time-series cross-validation: Hyndman and
 *   Athanasopoulos, "Forecasting: Principles and Practice", section 5.10). The weights are the inverse squared errors (Bates
 *   and Granger, Operational Research Quarterly 20, 1969).
 * - The interval comes from the errors of the weighted forecast at those origins, not from a model: the share `level` of them
 *   lies within it (split conformal prediction: Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005).
 */
import { ArgumentError } from '@bizinsights/jobs-core';
import { checkOptions, isObject, shownValue } from '../reading/given.js';
import { at } from './at.js';
import { forecastersOf, LONGEST_STL } from './forecasters.js';
import { fillGaps } from './gaps.js';
import { readSeasons, readSeries } from './input.js';
import { atOnce, type Pieces } from './pieces.js';
import type { Forecaster } from './smoothing/exponential-smoothing.js';
import { medianOf, quantileOf } from './statistics/quantile.js';

export interface ForecastOptions {
  /** How many values after the last: 1 to 10,000. */
  readonly horizon: number;
  /**
   * Values a season. Default: `[7]`, the week of daily values. Only the last 1,100 values are used. A season that they have fewer
   * than three times is left out, one of more than 200 values where they have it fewer than 1.5 times.
   */
  readonly seasons?: readonly number[];
  /** The share of the values that the interval shall hold, between 0 and 1. Default: 0.8 */
  readonly level?: number;
  /** Others that take part, weighted by their errors in the past as those of this package are: up to 11 calls each. Default: none */
  readonly forecasters?: readonly HostForecaster[];
}

/**
 * A forecast of another library: so many values after the past ones, of which all are known.
 *
 * @example
 * ```ts
 * const mean: HostForecaster = (past, horizon) => {
 *   const middle = past.reduce((sum, value) => sum + value, 0) / past.length;
 *   return new Array<number>(horizon).fill(middle);
 * };
 * ```
 */
export type HostForecaster = (past: readonly number[], horizon: number) => ArrayLike<number>;

/** Lists of `horizon` values. */
export interface Forecast {
  readonly mean: number[];
  readonly lower: number[];
  readonly upper: number[];
}

const MOST_VALUES = 1_100;
const MOST_HORIZON = 10_000;
const MOST_ORIGINS = 10;
/** A forecast from fewer values is not compared. */
const LEAST_TRAINING = 28;
/** A forecast with a larger error than the best one's, by this factor, is left out. */
const WORST = 1.25;

/**
 * Forecasts a series.
 *
 * The values are evenly spaced, oldest first; `null` is unknown. Where all values are positive or 0, so is the forecast.
 * Without a known value it is 0, with one it is that value.
 *
 * @example
 * ```ts
 * const dailyRevenue = [120, 133, 96, null, 118, 127, 131];
 * const { mean, lower, upper } = forecast(dailyRevenue, { horizon: 28 });
 * ```
 * @throws ArgumentError for what is no list, NaN or an infinite value, a season of less than 2, a `horizon` or `level` outside its range, and a
 *   forecaster of the host that gives too few values or others than finite ones
 */
export function forecast(values: readonly (number | null)[], options: ForecastOptions): Forecast {
  checkOptions('forecast', options, '{ horizon: 28 }');
  const { mean, lower, upper } = atOnce(forecastWithErrors(values, options));
  return { mean, lower, upper };
}

export interface ForecastWithErrors extends Forecast {
  /**
   * What came less what would have been forecast, value by value, from each earlier origin, the latest first. None where too
   * few values are known. A list may be shorter than the horizon.
   */
  readonly errors: readonly Float64Array[];
}

/** As {@link forecast}, in pieces of one forecast from one origin. */
export function* forecastWithErrors(
  values: readonly (number | null)[],
  { horizon, seasons = [7], level = 0.8, forecasters = [] }: ForecastOptions,
): Pieces<ForecastWithErrors> {
  if (!(Number.isInteger(horizon) && horizon >= 1 && horizon <= MOST_HORIZON)) {
    throw new ArgumentError(`A horizon of ${shownValue(horizon)} is invalid: a whole number from 1 to ${MOST_HORIZON}`);
  }
  if (!(typeof level === 'number' && level > 0 && level < 1)) {
    throw new ArgumentError(`A level of ${shownValue(level)} is invalid: between 0 and 1`);
  }
  checkForecasters(forecasters);
  const periods = readSeasons(seasons);
  const series = readSeries(values);
  const { knownCount } = series;
  const first = Math.max(series.known.indexOf(1), values.length - MOST_VALUES);
  const past = fillGaps(series).subarray(Math.max(0, first));
  const ahead =
    knownCount < 4 ? lastAgain(past, horizon) : yield* backtested(past, horizon, periods, level, forecasters);
  const floor = series.values.every((value) => value >= 0) ? 0 : Number.NEGATIVE_INFINITY;
  const above = (list: Float64Array) => [...list].map((value) => Math.max(floor, value));
  return {
    mean: above(ahead.mean),
    lower: above(ahead.mean.map((value, step) => value - at(ahead.reach, step))),
    upper: above(ahead.mean.map((value, step) => value + at(ahead.reach, step))),
    errors: ahead.errors,
  };
}

interface Ahead {
  readonly mean: Float64Array;
  /** Half the width of the interval. */
  readonly reach: Float64Array;
  readonly errors: readonly Float64Array[];
}

function lastAgain(past: Float64Array, horizon: number): Ahead {
  const last = past.length === 0 ? 0 : medianOf(past);
  return { mean: new Float64Array(horizon).fill(last), reach: new Float64Array(horizon), errors: [] };
}

function* backtested(
  past: Float64Array,
  horizon: number,
  seasons: readonly number[],
  level: number,
  others: readonly HostForecaster[],
): Pieces<Ahead> {
  const own = forecastersOf(seasons, past.length, comparedOf(past.length, horizon) === horizon);
  const forecasters = [...own, ...others.map(checked)];
  // The same array for all forecasters: what several of them begin with is computed once.
  const trainings = originsOf(past.length, horizon, seasons).map((origin) => past.subarray(0, origin));
  const errors: Float64Array[][] = [];
  const ahead: Float64Array[] = [];
  for (const forecaster of forecasters) {
    const own: Float64Array[] = [];
    for (const training of trainings) {
      own.push(errorsFrom(past, training, horizon, forecaster));
      yield;
    }
    errors.push(own);
    ahead.push(forecaster(past, horizon));
    yield;
  }
  const weights = weightsOf(errors.map((own) => meanDistance(own)));
  const mean = combine(ahead, weights);
  const combined = trainings.map((_, order) =>
    combine(
      errors.map((own) => own[order] ?? new Float64Array(0)),
      weights,
    ),
  );
  return { mean, reach: reachOf(combined, horizon, level, past), errors: combined };
}

function checkForecasters(forecasters: readonly HostForecaster[]): void {
  if (!Array.isArray(forecasters)) {
    throw new ArgumentError(`forecasters is ${shownValue(forecasters)}: an array of functions`);
  }
  for (const [place, one] of forecasters.entries()) {
    if (typeof one === 'function') continue;
    throw new ArgumentError(`forecasters[${place}] is ${shownValue(one)}: a function (past, horizon) => values`);
  }
}

function checked(forecaster: HostForecaster, place: number): Forecaster {
  return (past, horizon) => {
    const given: unknown = forecaster([...past], horizon);
    const list: ArrayLike<unknown> = isList(given) ? given : [];
    const values = Float64Array.from({ length: Math.min(horizon, list.length) }, (_, step) => {
      const value = list[step];
      return typeof value === 'number' ? value : Number.NaN;
    });
    if (values.length === horizon && values.every(Number.isFinite)) return values;
    const what = isList(given) ? `${values.length} values, or others than finite ones` : shownValue(given);
    throw new ArgumentError(`forecasters[${place}] gave ${what}: ${horizon} numbers were asked for`);
  };
}

function isList(given: unknown): given is ArrayLike<unknown> {
  return isObject(given) && 'length' in given && typeof given.length === 'number';
}

/** How many values of a forecast are compared with what came. */
function comparedOf(length: number, horizon: number): number {
  return Math.min(horizon, Math.max(1, Math.floor(length / 4)));
}

/** Ends of training, so that each has values to compare with; the later ones count most, and are taken first. */
function originsOf(length: number, horizon: number, seasons: readonly number[]): number[] {
  const compared = comparedOf(length, horizon);
  // From fewer than three of its seasons a forecast says little of what it will be with all of them.
  const season = seasons.find((one) => one <= LONGEST_STL) ?? 0;
  const least = Math.max(LEAST_TRAINING, Math.min(3 * season, length - compared));
  const spacing = Math.max(1, Math.round(compared / 2));
  const origins: number[] = [];
  for (let origin = length - compared; origin >= least && origins.length < MOST_ORIGINS; origin -= spacing) {
    origins.push(origin);
  }
  return origins;
}

function errorsFrom(past: Float64Array, training: Float64Array, horizon: number, forecaster: Forecaster): Float64Array {
  const origin = training.length;
  const ahead = forecaster(training, Math.min(horizon, past.length - origin));
  return ahead.map((value, step) => at(past, origin + step) - value);
}

function meanDistance(errors: readonly Float64Array[]): number {
  let sum = 0;
  let count = 0;
  for (const own of errors) {
    for (const error of own) sum += Math.abs(error);
    count += own.length;
  }
  return count === 0 ? 1 : sum / count;
}

/** They add up to 1. */
function weightsOf(distances: readonly number[]): number[] {
  const least = Math.min(...distances);
  if (!(least > 0)) return shares(distances.map((distance) => (distance <= 0 ? 1 : 0)));
  return shares(distances.map((distance) => (distance > WORST * least ? 0 : (least / distance) ** 2)));
}

function shares(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function combine(lists: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(lists[0]?.length ?? 0);
  lists.forEach((list, order) => {
    list.forEach((value, index) => {
      sum[index] = at(sum, index) + value * (weights[order] ?? 0);
    });
  });
  return sum;
}

/** Errors grow along a line with the distance; the quantile of their ratio to it is the same everywhere. */
function reachOf(errors: readonly Float64Array[], horizon: number, level: number, past: Float64Array): Float64Array {
  const distances = errors.flatMap((own) => [...own].map((error, step) => ({ step, distance: Math.abs(error) })));
  if (distances.length < 8) return withoutBacktest(horizon, level, past);
  const count = distances.length;
  const meanStep = distances.reduce((sum, { step }) => sum + step, 0) / count;
  const mean = distances.reduce((sum, { distance }) => sum + distance, 0) / count;
  const squares = distances.reduce((sum, { step }) => sum + (step - meanStep) ** 2, 0);
  const products = distances.reduce((sum, { step, distance }) => sum + (step - meanStep) * distance, 0);
  // Not steeper than from 0, and never narrower with the distance.
  const slope = squares === 0 ? 0 : Math.min(Math.max(0, products / squares), (0.8 * mean) / Math.max(meanStep, 1));
  const typical = (step: number) => mean + slope * (step - meanStep);
  const ratios = Float64Array.from(distances, ({ step, distance }) => (mean === 0 ? 0 : distance / typical(step)));
  // So many origins are few: the quantile of one more.
  const share = Math.min(1, level * (1 + 1 / (2 * errors.length)));
  const ratio = quantileOf(ratios, share);
  return Float64Array.from({ length: horizon }, (_, step) => ratio * typical(step));
}

/** Too few values to look back: by the differences of neighbours. */
function withoutBacktest(horizon: number, level: number, past: Float64Array): Float64Array {
  const differences = past.subarray(1).map((value, index) => Math.abs(value - at(past, index)));
  return new Float64Array(horizon).fill(quantileOf(differences, level));
}
