/**
 * Exponential smoothing with an additive error and no season: simple, with a trend, and with a damped trend. In the
 * error-correction form of Hyndman, Koehler, Ord and Snyder, "Forecasting with Exponential Smoothing" (2008), chapter 2. The
 * smoothing constants are those of a grid with the least squared errors of one step. Level and trend before the first value are
 * the best ones for these constants: the errors depend on them linearly (chapter 5).
 */
import { at } from '../at.js';

/** A forecast of `horizon` values after the last. */
export type Forecaster = (values: Float64Array, horizon: number) => Float64Array;

const LEVELS = [0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95];
const TRENDS = [0.0005, 0.005, 0.02, 0.05, 0.1];
/** 0.8 to 0.98: R's `ets` keeps the damping within it. */
const DAMPINGS = [0.8, 0.9, 0.95, 0.98];

interface Constants {
  readonly level: number;
  readonly trend: number;
  readonly damping: number;
}

interface Model {
  readonly choices: readonly Constants[];
  /** What is estimated: the constants, level and trend before the first value, and the variance. */
  readonly parameters: number;
}

const SIMPLE: Model = { choices: LEVELS.map((level) => ({ level, trend: 0, damping: 0 })), parameters: 3 };
/** Holt's, whose trend goes on for ever. */
const LINEAR: Model = { choices: trendsWith([1]), parameters: 5 };
const DAMPED: Model = { choices: trendsWith(DAMPINGS), parameters: 6 };

function trendsWith(dampings: readonly number[]): Constants[] {
  return LEVELS.flatMap((level) =>
    TRENDS.filter((trend) => trend <= level).flatMap((trend) => dampings.map((damping) => ({ level, trend, damping }))),
  );
}

export const simpleSmoothing: Forecaster = (values, horizon) => ahead(fit(values, SIMPLE), horizon);
export const linearTrend: Forecaster = (values, horizon) => ahead(fit(values, LINEAR), horizon);
export const dampedTrend: Forecaster = (values, horizon) => ahead(fit(values, DAMPED), horizon);

/**
 * The one that Akaike's corrected criterion prefers, as R's `ets` chooses: a trend has to be worth its parameters.
 *
 * @param withLinear whether a trend that goes on for ever is among them
 */
export function chosenSmoothing(withLinear: boolean): Forecaster {
  const models = [SIMPLE, ...(withLinear ? [LINEAR] : []), DAMPED];
  return (values, horizon) => {
    let least = Number.POSITIVE_INFINITY;
    let chosen = fit(values, SIMPLE);
    for (const model of models) {
      const { parameters } = model;
      const left = values.length - parameters - 1;
      if (left <= 0) break;
      const own = model === SIMPLE ? chosen : fit(values, model);
      const penalty = 2 * parameters * (1 + (parameters + 1) / left);
      const criterion = values.length * Math.log(own.squares) + penalty;
      if (criterion < least) [least, chosen] = [criterion, own];
    }
    return ahead(chosen, horizon);
  };
}

interface Fit {
  /** After the last value. */
  readonly level: number;
  readonly trend: number;
  readonly damping: number;
  /** Of the errors of one step. */
  readonly squares: number;
}

function ahead({ level, trend, damping }: Fit, horizon: number): Float64Array {
  let reach = 0;
  let factor = 1;
  return Float64Array.from({ length: horizon }, () => {
    factor *= damping;
    reach += factor;
    return level + reach * trend;
  });
}

function fit(values: Float64Array, { choices }: Model): Fit {
  let best: Fit | undefined;
  for (const constants of choices) {
    const own = run(values, constants);
    if (!best || own.squares < best.squares) best = own;
  }
  return best ?? { level: 0, trend: 0, damping: 0, squares: 0 };
}

/**
 * Level, trend and each error are `own + byLevel * l + byTrend * b`, with `l` and `b` the level (less the first value) and the trend
 * at the beginning: one pass gives all sums that the best `l` and `b` need.
 */
function run(values: Float64Array, constants: Constants): Fit {
  const { level: gain, trend: trendGain, damping } = constants;
  const first = at(values, 0);
  let [level, levelByLevel, levelByTrend] = [0, 1, 0];
  let [trend, trendByLevel, trendByTrend] = [0, 0, 1];
  let [squares, levelSquares, trendSquares] = [0, 0, 0];
  let [withLevel, withTrend, both] = [0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    level += damping * trend;
    levelByLevel += damping * trendByLevel;
    levelByTrend += damping * trendByTrend;
    const error = (values[index] ?? 0) - first - level;
    squares += error * error;
    levelSquares += levelByLevel * levelByLevel;
    trendSquares += levelByTrend * levelByTrend;
    withLevel += levelByLevel * error;
    withTrend += levelByTrend * error;
    both += levelByLevel * levelByTrend;
    level += gain * error;
    trend = damping * trend + trendGain * error;
    trendByLevel = damping * trendByLevel - trendGain * levelByLevel;
    trendByTrend = damping * trendByTrend - trendGain * levelByTrend;
    levelByLevel -= gain * levelByLevel;
    levelByTrend -= gain * levelByTrend;
  }
  const hasTrend = trendGain > 0;
  // A little more than measured: of a few values they can be the same.
  const steep = trendSquares * (1 + 1e-9);
  const share = levelSquares * steep - both * both;
  const l = hasTrend ? (withLevel * steep - both * withTrend) / share : withLevel / levelSquares;
  const b = hasTrend ? (levelSquares * withTrend - both * withLevel) / share : 0;
  return {
    level: first + level + l * levelByLevel + b * levelByTrend,
    trend: trend + l * trendByLevel + b * trendByTrend,
    damping,
    squares: Math.max(0, squares - l * withLevel - b * withTrend),
  };
}
