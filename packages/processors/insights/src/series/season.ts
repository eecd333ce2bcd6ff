/** The season of a series for detection: by robust STL, over more seasons than `decompose` smooths, so that no event is in it. */
import { nextOdd, stl } from './smoothing/stl.js';
import { less } from './vectors.js';

/** The pattern is smoothed over so many seasons. */
const WINDOW = 35;
const ROBUST_PASSES = 2;
/** Fewer seasons show no pattern. */
const LEAST_CYCLES = 3;

/** The sum of all seasons that the series is long enough for, except long ones, which the level follows. */
export function seasonalPart(values: Float64Array, known: Float64Array, seasons: readonly number[]): Float64Array {
  const sum = new Float64Array(values.length);
  for (const season of seasons) {
    const period = Math.round(season);
    if (period >= 300 || values.length < LEAST_CYCLES * period) continue;
    const seasonWindow = nextOdd(Math.min(WINDOW, Math.max(7, Math.floor(values.length / period))));
    const { seasonal } = stl(less(values, sum), { period, seasonWindow, robustPasses: ROBUST_PASSES, known });
    for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] ?? 0) + (seasonal[index] ?? 0);
  }
  return sum;
}
