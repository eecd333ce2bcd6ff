/**
 * A series as a trend, its seasons and a rest. One season by robust STL, several by STL in turns as R's `mstl` does
 * (Bandara, Hyndman and Bergmeir, "MSTL: A Seasonal-Trend Decomposition Algorithm for Time Series with Multiple Seasonal
 * Patterns", 2021), long ones by waves.
 */
import { checkOptions } from '../reading/given.js';
import { at } from './at.js';
import { drawnIn, spanOf } from './farthest.js';
import { fillGaps } from './gaps.js';
import { readSeasons, readSeries, type Series } from './input.js';
import { atOnce, type Pieces } from './pieces.js';
import { fitWaves } from './smoothing/harmonics.js';
import { nextOdd, robustLoess, stl } from './smoothing/stl.js';

export interface DecomposeOptions {
  /** Values a season, such as 7 and 365.25 for daily values. Empty: only a trend and a rest. */
  readonly seasons: readonly number[];
}

/** Each value is `trend + the sum of the seasons + residual`. */
export interface Decomposition {
  readonly trend: number[];
  /** One for each season, in the order given. All 0 where the series is shorter than two of them. */
  readonly seasonal: number[][];
  /** 0 where a value is unknown: there trend and seasons are an estimate. */
  readonly residual: number[];
}

/** As R's `stl` with `robust = TRUE`. */
const ROBUST_PASSES = 15;
/** R's `mstl`: the window of the first season, and how much wider that of each longer one is. */
const SEASON_WINDOW = 11;
const WIDER = 4;
/** Each season is looked at again without the others. */
const TURNS = 2;
/** Seasons that are seen fewer times, and are longer than this, are smooth. */
const LEAST_CYCLES = 5;
const LEAST_LONG = 50;
const WAVES = 4;

/**
 * Takes a series apart.
 *
 * The values are evenly spaced, oldest first; `null` is unknown. A few odd values move neither trend nor seasons. Fewer than
 * two known values have a constant trend.
 *
 * @example
 * ```ts
 * const dailyRevenue = [120, 133, 96, null, 118, 127, 131];
 * const { trend, seasonal, residual } = decompose(dailyRevenue, { seasons: [7] });
 * const [week = []] = seasonal;
 * ```
 * @throws ArgumentError for what is no list, NaN or an infinite value, and a season of less than 2 values
 */
export function decompose(values: readonly (number | null)[], options: DecomposeOptions): Decomposition {
  checkOptions('decompose', options, '{ seasons: [7] }');
  return atOnce(decomposeInPieces(values, options));
}

/** As {@link decompose}, in pieces of one look at one season. */
export function* decomposeInPieces(
  values: readonly (number | null)[],
  { seasons }: DecomposeOptions,
): Pieces<Decomposition> {
  const series = readSeries(values);
  const ascending = readSeasons(seasons);
  const { parts, trend } = yield* takeApart(series, ascending);
  const season = (own: number) => parts.get(own) ?? new Float64Array(values.length);
  const rest = series.values.map((value, index) =>
    ascending.reduce((left, own) => left - at(season(own), index), value - at(trend, index)),
  );
  return {
    trend: [...trend],
    seasonal: seasons.map((own) => [...season(own)]),
    residual: [...rest].map((value, index) => (at(series.known, index) > 0 ? value : 0)),
  };
}

/** What is farther away bends even a robust trend, and its season: it is left in the residual. In units of the series. */
const FARTHEST = 10;

function* takeApart(
  series: Series,
  seasons: readonly number[],
): Pieces<{ parts: Map<number, Float64Array>; trend: Float64Array }> {
  const { known } = series;
  const length = known.length;
  const span = spanOf(
    series.values.filter((_, index) => at(known, index) > 0),
    FARTHEST,
  );
  const filled = fillGaps({ values: series.values.map((value) => (span ? drawnIn(value, span) : value)), known });
  const parts = new Map<number, Float64Array>();
  if (series.knownCount < 2) return { parts, trend: filled };
  const usable = seasons.filter((season) => length >= 2 * Math.round(season));
  let trend: Float64Array | undefined;
  for (let turn = 0; turn < (usable.length > 1 ? TURNS : 1); turn++) {
    for (const [order, season] of usable.entries()) {
      yield;
      const others = usable.filter((other) => other !== season).map((other) => parts.get(other));
      const rest = filled.map((value, index) => others.reduce((left, part) => left - (part?.[index] ?? 0), value));
      if (isLong(season, length)) {
        const waves = fitWaves(rest, known, season, WAVES);
        parts.set(
          season,
          rest.map((_, index) => waves.at(index)),
        );
        continue;
      }
      const seasonWindow = SEASON_WINDOW + WIDER * order;
      const result = stl(rest, { period: Math.round(season), seasonWindow, robustPasses: ROBUST_PASSES, known });
      parts.set(season, result.seasonal);
      trend = result.trend;
    }
  }
  return { parts, trend: trend ?? smoothTrend(filled, parts, known) };
}

function isLong(season: number, length: number): boolean {
  return season >= LEAST_LONG && length < LEAST_CYCLES * season;
}

/** Without a short season: local lines over an eighth of the values, odd ones weighted down. */
function smoothTrend(
  filled: Float64Array,
  parts: ReadonlyMap<number, Float64Array>,
  known: Float64Array,
): Float64Array {
  const rest = filled.map((value, index) => [...parts.values()].reduce((left, part) => left - at(part, index), value));
  const window = nextOdd(Math.max(7, Math.ceil(rest.length / 8)));
  return robustLoess(rest, { window, degree: 1, jump: Math.ceil(window / 10) }, known);
}
