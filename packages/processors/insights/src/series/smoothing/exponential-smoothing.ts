/**
 * Exponential smoothing with an additive error: simple, with a damped trend, and with a damped trend and a season
 * (Holt and Winters). In the error-correction form of Hyndman, Koehler, Ord and Snyder, "Forecasting with Exponential
 * Smoothing" (2008), chapter 2; the smoothing constants are those of a grid with the least squared errors of one step.
 */
import { at } from '../at.js';

/** A forecast of `horizon` values after the last. */
export type Forecaster = (values: Float64Array, horizon: number) => Float64Array;

const LEVELS = [0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95];
const TRENDS = [0.005, 0.02, 0.05, 0.1];
const SEASONS = [0.02, 0.05, 0.1, 0.2];
/** 0.8 to 0.98: R's `ets` keeps the damping within it. */
const DAMPINGS = [0.8, 0.9, 0.95, 0.98];

interface Constants {
  readonly level: number;
  readonly trend: number;
  readonly damping: number;
  readonly season: number;
}

export const simpleSmoothing: Forecaster = (values, horizon) =>
  best(
    values,
    horizon,
    1,
    LEVELS.map((level) => ({ level, trend: 0, damping: 0, season: 0 })),
  );

export const dampedTrend: Forecaster = (values, horizon) =>
  best(
    values,
    horizon,
    1,
    LEVELS.flatMap((level) =>
      TRENDS.flatMap((trend) =>
        DAMPINGS.map((damping) => ({ level, trend: Math.min(trend, level), damping, season: 0 })),
      ),
    ),
  );

/** Holt's, whose trend goes on for ever. */
export const linearTrend: Forecaster = (values, horizon) =>
  best(
    values,
    horizon,
    1,
    LEVELS.flatMap((level) => TRENDS.map((trend) => ({ level, trend: Math.min(trend, level), damping: 1, season: 0 }))),
  );

export function holtWinters(period: number): Forecaster {
  const constants = [0.02, 0.06, 0.12, 0.2, 0.35, 0.6].flatMap((level) =>
    [0, 0.02].flatMap((trend) => SEASONS.map((season) => ({ level, trend, damping: 0.9, season }))),
  );
  return (values, horizon) => best(values, horizon, period, constants);
}

function best(values: Float64Array, horizon: number, period: number, choices: readonly Constants[]): Float64Array {
  const start = startOf(values, period);
  let least = Number.POSITIVE_INFINITY;
  let chosen = choices[0];
  for (const constants of choices) {
    const error = run(values, period, constants, start, least).squares;
    if (error < least) [least, chosen] = [error, constants];
  }
  if (chosen === undefined) return new Float64Array(horizon);
  const { level, trend, season } = run(values, period, chosen, start);
  let reach = 0;
  let factor = 1;
  return Float64Array.from({ length: horizon }, (_, step) => {
    factor *= chosen.damping;
    reach += factor;
    return level + reach * trend + at(season, (values.length + step) % period);
  });
}

interface Start {
  readonly level: number;
  readonly season: Float64Array;
}

/** The first seasons: their mean, and each place's mean distance from it. */
function startOf(values: Float64Array, period: number): Start {
  const count = Math.min(values.length, period === 1 ? 10 : 4 * period);
  let level = 0;
  for (let index = 0; index < count; index++) level += at(values, index) / count;
  const season = new Float64Array(period);
  if (period === 1) return { level, season };
  for (let index = 0; index < count; index++) {
    season[index % period] = at(season, index % period) + (at(values, index) - level) / (count / period);
  }
  return { level, season };
}

/** @param most squared errors beyond which it ends early: others were better. Default: it does not */
function run(
  values: Float64Array,
  period: number,
  constants: Constants,
  start: Start,
  most = Number.POSITIVE_INFINITY,
) {
  const season = start.season.slice();
  let { level } = start;
  let trend = 0;
  let squares = 0;
  let place = 0;
  for (let index = 0; index < values.length && !(squares > most); index++) {
    const drift = constants.damping * trend;
    const error = (values[index] ?? 0) - level - drift - (season[place] ?? 0);
    squares += error * error;
    level += drift + constants.level * error;
    trend = drift + constants.trend * error;
    season[place] = (season[place] ?? 0) + constants.season * error;
    place = place + 1 === period ? 0 : place + 1;
  }
  return { level, trend, season, squares };
}
