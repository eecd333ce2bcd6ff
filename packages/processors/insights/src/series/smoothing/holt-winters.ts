/**
 * Exponential smoothing with an additive error, a damped trend and a season (Holt and Winters). In the error-correction form of
 * Hyndman, Koehler, Ord and Snyder, "Forecasting with Exponential Smoothing" (2008), chapter 2; the smoothing constants are
 * those of a grid with the least squared errors of one step.
 */
import { at } from '../at.js';
import type { Forecaster } from './exponential-smoothing.js';

const LEVELS = [0.02, 0.06, 0.12, 0.2, 0.35, 0.6];
const TRENDS = [0, 0.02];
const SEASONS = [0.02, 0.05, 0.1, 0.2];
const DAMPING = 0.9;

interface Constants {
  readonly level: number;
  readonly trend: number;
  readonly season: number;
}

const CHOICES: readonly Constants[] = LEVELS.flatMap((level) =>
  TRENDS.flatMap((trend) => SEASONS.map((season) => ({ level, trend, season }))),
);

export function holtWinters(period: number): Forecaster {
  return (values, horizon) => {
    const start = startOf(values, period);
    let least = Number.POSITIVE_INFINITY;
    let chosen = CHOICES[0];
    for (const constants of CHOICES) {
      const error = run(values, period, constants, start, least).squares;
      if (error < least) [least, chosen] = [error, constants];
    }
    if (chosen === undefined) return new Float64Array(horizon);
    const { level, trend, season } = run(values, period, chosen, start);
    let reach = 0;
    let factor = 1;
    return Float64Array.from({ length: horizon }, (_, step) => {
      factor *= DAMPING;
      reach += factor;
      return level + reach * trend + at(season, (values.length + step) % period);
    });
  };
}

interface Start {
  readonly level: number;
  readonly season: Float64Array;
}

/** The first seasons: their mean, and each place's mean distance from it. */
function startOf(values: Float64Array, period: number): Start {
  const count = Math.min(values.length, 4 * period);
  let level = 0;
  for (let index = 0; index < count; index++) level += at(values, index) / count;
  const season = new Float64Array(period);
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
    const drift = DAMPING * trend;
    const error = (values[index] ?? 0) - level - drift - (season[place] ?? 0);
    squares += error * error;
    level += drift + constants.level * error;
    trend = drift + constants.trend * error;
    season[place] = (season[place] ?? 0) + constants.season * error;
    place = place + 1 === period ? 0 : place + 1;
  }
  return { level, trend, season, squares };
}
