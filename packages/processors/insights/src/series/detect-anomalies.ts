/**
 * Which values of a series are unusual, judged after its season and its level are taken out: measures by the noise of the
 * series itself, counts near zero by a distribution for counts.
 */
import { checkOptions } from '../reading/given.js';
import type { Anomaly } from './anomaly.js';
import { readSeasons, readSeries } from './input.js';
import { Fits } from './steady/fits.js';
import { steadyAnomalies } from './steady/steady.js';

export interface DetectAnomaliesOptions {
  /**
   * Values a season. Default: `[7]`, the week of daily values; what repeats after a year is then a season too. A season that
   * is seen fewer than three times is not taken out, but one of 300 values or more the level follows. Of more than 1,460 values a
   * fit sees the last 740 to 1,460 at least, which have to have the season as often.
   */
  readonly seasons?: readonly number[];
}

/**
 * Finds spikes, drops and shifts.
 *
 * The values are evenly spaced, oldest first; `null` is unknown and judged by nothing. About one of ten anomalies is false
 * where the series has some, and one of seven series without any has one. Fewer than 14 known values, and a constant series,
 * have none. One more value changes at most 1 % of the judgements more than 30 values back.
 *
 * @returns by `index`, ascending
 * @example
 * ```ts
 * const dailyRevenue = [120, 133, 96, null, 118, 127, 131];
 * for (const { index, kind, value, expected } of detectAnomalies(dailyRevenue)) {
 *   console.log(`${kind} on day ${index}: ${value} instead of ${expected}`);
 * }
 * ```
 * @throws ArgumentError for what is no list, NaN or an infinite value, and a season of less than 2 values
 */
export function detectAnomalies(values: readonly (number | null)[], options: DetectAnomaliesOptions = {}): Anomaly[] {
  const series = readSeries(values);
  checkOptions('detectAnomalies', options, '{ seasons: [7] }');
  const { seasons = [7] } = options;
  const periods = readSeasons(seasons);
  const fits = new Fits(series, periods);
  return steadyAnomalies(series.known, (count, from) => fits.upTo(count, from));
}
