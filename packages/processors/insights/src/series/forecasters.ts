/** The forecasts that are compared on a series' own past. */
import { at } from './at.js';
import {
  dampedTrend,
  type Forecaster,
  holtWinters,
  linearTrend,
  simpleSmoothing,
} from './smoothing/exponential-smoothing.js';
import { fitWaves, type Waves } from './smoothing/harmonics.js';
import { stl } from './smoothing/stl.js';
import { medianOf } from './statistics/quantile.js';
import { less } from './vectors.js';

/** A longer season is one of waves. */
export const LONGEST_STL = 200;
const LEAST_WAVES_CYCLES = 1.5;
const WAVES = 3;
const ROBUST_PASSES = 2;
/** From so many on the pattern is smoothed over as many. */
const MANY_CYCLES = 25;

/**
 * @param seasons ascending
 * @param isCompared whether forecasts of the whole horizon can be compared with what came: a trend that goes on for ever has to
 *   prove itself there
 */
export function forecastersOf(seasons: readonly number[], length: number, isCompared: boolean): Forecaster[] {
  const short = seasons.map(Math.round).filter((season) => season <= LONGEST_STL && length >= 3 * season);
  const [long] = seasons.filter((season) => season > LONGEST_STL && length >= LEAST_WAVES_CYCLES * season);
  const levels = [simpleSmoothing, dampedTrend, ...(isCompared ? [linearTrend] : [])];
  const take = remembered((values) => takeApart(values, short));
  const plain = levels.map((forecaster) => withSeasons(take, forecaster));
  const [first] = short;
  if (first !== undefined) {
    plain.push(seasonalNaive(first));
    if (short.length === 1 && first <= 31) plain.push(cleaned(take, holtWinters(first)));
    // Of few seasons: whether they grow with the level decides much.
    const logarithms = remembered((values) => values.map(Math.log));
    if (length < MANY_CYCLES * first) {
      plain.push(...plain.slice(0, levels.length).map((one) => ofLogarithms(logarithms, one)));
    }
  }
  if (long === undefined) return plain;
  const waves = remembered((values) => withoutWaves(values, long));
  return [...plain, ...plain.slice(0, levels.length).map((one) => withWaves(waves, one))];
}

/** Several forecasts of the same values begin in the same way: the result is kept as long as the values are. */
function remembered<Result>(compute: (values: Float64Array) => Result): (values: Float64Array) => Result {
  const results = new WeakMap<Float64Array, { readonly result: Result }>();
  return (values) => {
    const known = results.get(values) ?? { result: compute(values) };
    results.set(values, known);
    return known.result;
  };
}

/** The values of the last season again. */
export function seasonalNaive(period: number): Forecaster {
  return (values, horizon) =>
    Float64Array.from({ length: horizon }, (_, step) =>
      at(values, Math.max(0, values.length - period + (step % period))),
    );
}

/** The seasons by STL, as they were last; the rest by another forecast. */
function withSeasons(take: (values: Float64Array) => Parts, forecaster: Forecaster): Forecaster {
  return (values, horizon) => {
    const { usual, seasons } = take(values);
    return forecaster(usual, horizon).map((value, step) =>
      seasons.reduce((sum, { period, part }) => sum + again(part, period, step), value),
    );
  };
}

/** The values with outliers at what the season and their neighbours have. */
function cleaned(take: (values: Float64Array) => Parts, forecaster: Forecaster): Forecaster {
  return (values, horizon) => {
    const { usual, seasons } = take(values);
    const clean = usual.map((value, index) => seasons.reduce((sum, { part }) => sum + at(part, index), value));
    return forecaster(clean, horizon);
  };
}

/** Of what is always positive; otherwise the forecast itself. */
function ofLogarithms(logarithms: (values: Float64Array) => Float64Array, forecaster: Forecaster): Forecaster {
  return (values, horizon) => {
    if (!values.every((value) => value > 0)) return forecaster(values, horizon);
    return forecaster(logarithms(values), horizon).map(Math.exp);
  };
}

function withWaves(
  take: (values: Float64Array) => ReturnType<typeof withoutWaves>,
  forecaster: Forecaster,
): Forecaster {
  return (values, horizon) => {
    const { rest, waves } = take(values);
    return forecaster(rest, horizon).map((value, step) => value + waves.at(values.length + step));
  };
}

function withoutWaves(values: Float64Array, period: number): { readonly rest: Float64Array; readonly waves: Waves } {
  const waves = fitWaves(values, new Float64Array(values.length).fill(1), period, WAVES);
  return { rest: values.map((value, index) => value - waves.at(index)), waves };
}

function again(part: Float64Array, period: number, step: number): number {
  return at(part, part.length - period + (step % period));
}

interface Parts {
  readonly seasons: readonly { readonly period: number; readonly part: Float64Array }[];
  /** Without the seasons, and without outliers. */
  readonly usual: Float64Array;
}

function takeApart(values: Float64Array, periods: readonly number[]): Parts {
  let rest = values;
  const seasons = periods
    .filter((period) => values.length >= 2 * period)
    .map((period) => {
      // Few seasons need each of their values: as R's `stlf` then.
      const isFew = values.length < MANY_CYCLES * period;
      const { seasonal } = stl(rest, {
        period,
        seasonWindow: isFew ? 11 : MANY_CYCLES,
        robustPasses: isFew ? 0 : ROBUST_PASSES,
      });
      rest = less(rest, seasonal);
      return { period, part: seasonal };
    });
  return { seasons, usual: withoutOutliers(rest) };
}

/** Farther from the median of its neighbourhood than 4 deviations, a value is drawn to it: a spike is not what follows. */
function withoutOutliers(values: Float64Array): Float64Array {
  const HALF = 7;
  const medians = values.map((_, index) => medianOf(values.subarray(Math.max(0, index - HALF), index + HALF + 1)));
  const limit = 4 * 1.4826 * medianOf(values.map((value, index) => Math.abs(value - at(medians, index))));
  if (!(limit > 0)) return values;
  return values.map((value, index) => (Math.abs(value - at(medians, index)) > limit ? at(medians, index) : value));
}
