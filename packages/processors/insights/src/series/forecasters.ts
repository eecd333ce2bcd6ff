/** The forecasts that are compared on a series' own past. */
import { at } from './at.js';
import {
  chosenSmoothing,
  dampedTrend,
  type Forecaster,
  linearTrend,
  simpleSmoothing,
} from './smoothing/exponential-smoothing.js';
import { fitWaves, type Waves } from './smoothing/harmonics.js';
import { holtWinters } from './smoothing/holt-winters.js';
import { stl } from './smoothing/stl.js';
import { withoutOutliers } from './smoothing/without-outliers.js';
import { less } from './vectors.js';

/** A longer season is one of waves. */
export const LONGEST_STL = 200;
const LEAST_WAVES_CYCLES = 1.5;
const WAVES = 3;
const ROBUST_PASSES = 2;
/** From so many on the pattern is smoothed over as many. */
const MANY_CYCLES = 25;
/** Of 1e150: more is no forecast, and its square is infinite. */
const LARGEST_LOG = 345;

/**
 * @param seasons ascending
 * @param isCompared whether forecasts of the whole horizon can be compared with what came: a trend that goes on for ever has to
 *   prove itself there
 */
export function forecastersOf(seasons: readonly number[], length: number, isCompared: boolean): Forecaster[] {
  const short = seasons.map(Math.round).filter((season) => season <= LONGEST_STL && length >= 3 * season);
  const [long] = seasons.filter((season) => season > LONGEST_STL && length >= LEAST_WAVES_CYCLES * season);
  const [first] = short;
  const isFew = first !== undefined && length < MANY_CYCLES * first;
  const levels = [simpleSmoothing, dampedTrend];
  if (isCompared) levels.push(linearTrend);
  // Few values to compare with say little of which of them is right.
  if (isFew) levels.push(chosenSmoothing(isCompared));
  const take = remembered((values) => takeApart(values, short));
  const plain = levels.map((forecaster) => withSeasons(take, forecaster));
  if (first !== undefined) {
    plain.push(seasonalNaive(first));
    if (short.length === 1 && first <= 31) plain.push(cleaned(take, holtWinters(first)));
  }
  // Of few seasons: whether they grow with the level decides much.
  if (isFew) plain.push(...plain.slice(0, levels.length).map(ofLogarithms));
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
function ofLogarithms(forecaster: Forecaster): Forecaster {
  return (values, horizon) => {
    if (!values.every((value) => value > 0)) return forecaster(values, horizon);
    return forecaster(values.map(Math.log), horizon).map((value) => Math.exp(Math.min(value, LARGEST_LOG)));
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
  return { seasons, usual: withoutOutliers(rest, Math.max(0, ...seasons.map(({ period }) => period))) };
}
