/** The forecasts that are compared on a series' own past. */
import { at } from './at.js';
import {
  dampedTrend,
  type Forecaster,
  holtWinters,
  linearTrend,
  simpleSmoothing,
} from './smoothing/exponential-smoothing.js';
import { fitWaves } from './smoothing/harmonics.js';
import { stl } from './smoothing/stl.js';
import { medianOf } from './statistics/quantile.js';

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
  const plain = levels.map((forecaster) => withSeasons(short, forecaster));
  const [first] = short;
  if (first !== undefined) {
    plain.push(seasonalNaive(first));
    if (short.length === 1 && first <= 31) plain.push(cleaned(short, holtWinters(first)));
    // Of few seasons: whether they grow with the level decides much.
    if (length < MANY_CYCLES * first) plain.push(...plain.slice(0, levels.length).map(ofLogarithms));
  }
  return long === undefined ? plain : [...plain, ...plain.slice(0, levels.length).map((one) => withWaves(long, one))];
}

/** The values of the last season again. */
export function seasonalNaive(period: number): Forecaster {
  return (values, horizon) =>
    Float64Array.from({ length: horizon }, (_, step) =>
      at(values, Math.max(0, values.length - period + (step % period))),
    );
}

/** The seasons by STL, as they were last; the rest by another forecast. */
function withSeasons(periods: readonly number[], forecaster: Forecaster): Forecaster {
  return (values, horizon) => {
    const { rest, seasons } = withoutSeasons(values, periods);
    const forecast = forecaster(withoutOutliers(rest), horizon);
    return forecast.map((value, step) =>
      seasons.reduce((sum, { period, part }) => sum + again(part, period, step), value),
    );
  };
}

/** The values with outliers at what the season and their neighbours have. */
function cleaned(periods: readonly number[], forecaster: Forecaster): Forecaster {
  return (values, horizon) => {
    const { rest, seasons } = withoutSeasons(values, periods);
    const usual = withoutOutliers(rest);
    const clean = usual.map((value, index) => seasons.reduce((sum, { part }) => sum + at(part, index), value));
    return forecaster(clean, horizon);
  };
}

/** Of what is always positive; otherwise the forecast itself. */
function ofLogarithms(forecaster: Forecaster): Forecaster {
  return (values, horizon) => {
    if (!values.every((value) => value > 0)) return forecaster(values, horizon);
    return forecaster(values.map(Math.log), horizon).map(Math.exp);
  };
}

function withWaves(period: number, forecaster: Forecaster): Forecaster {
  return (values, horizon) => {
    const all = new Float64Array(values.length).fill(1);
    const waves = fitWaves(values, all, period, WAVES);
    const forecast = forecaster(
      values.map((value, index) => value - waves.at(index)),
      horizon,
    );
    return forecast.map((value, step) => value + waves.at(values.length + step));
  };
}

function again(part: Float64Array, period: number, step: number): number {
  return at(part, part.length - period + (step % period));
}

function withoutSeasons(values: Float64Array, periods: readonly number[]) {
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
      rest = rest.map((value, index) => value - at(seasonal, index));
      return { period, part: seasonal };
    });
  return { rest, seasons };
}

/** Farther from the median of its neighbourhood than 4 deviations, a value is drawn to it: a spike is not what follows. */
function withoutOutliers(values: Float64Array): Float64Array {
  const HALF = 7;
  const medians = values.map((_, index) => medianOf(values.subarray(Math.max(0, index - HALF), index + HALF + 1)));
  const limit = 4 * 1.4826 * medianOf(values.map((value, index) => Math.abs(value - at(medians, index))));
  if (!(limit > 0)) return values;
  return values.map((value, index) => (Math.abs(value - at(medians, index)) > limit ? at(medians, index) : value));
}
