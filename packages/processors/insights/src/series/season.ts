/** The season of a series for detection: by robust STL, over more seasons than `decompose` smooths, so that no event is in it. */
import { at } from './at.js';
import { nextOdd, stl } from './smoothing/stl.js';

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
    const rest = values.map((value, index) => value - at(sum, index));
    const seasonWindow = nextOdd(Math.min(WINDOW, Math.max(7, Math.floor(values.length / period))));
    const { seasonal } = stl(rest, { period, seasonWindow, robustPasses: ROBUST_PASSES, known });
    seasonal.forEach((value, index) => {
      sum[index] = at(sum, index) + value;
    });
  }
  return sum;
}
