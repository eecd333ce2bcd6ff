/**
 * Which values of a series are unusual, judged after its season and its level are taken out: measures by the noise of the
 * series itself, counts near zero by a distribution for counts.
 */
import { type Anomaly, anomaliesOf } from './anomaly.js';
import { readSeasons, readSeries, type Series } from './input.js';
import { judge } from './judge.js';
import { atOnce } from './pieces.js';

export interface DetectAnomaliesOptions {
  /**
   * Values a season. Default: `[7]`, the week of daily values; what repeats after a year is then a season too. A season that
   * is seen fewer than three times is not taken out, but one of 300 values or more the level follows. More than 1,460 values are
   * judged in parts of about as many, which have to have the season as often.
   */
  readonly seasons?: readonly number[];
}

/** A longer series is judged in parts, each with its neighbourhood: what is usual changes over the years. */
const LONGEST = 1_460;
const PART = 730;
const NEIGHBOURHOOD = 370;

/**
 * Finds spikes, drops and shifts.
 *
 * The values are evenly spaced, oldest first; `null` is unknown and judged by nothing. About one of ten anomalies is false
 * where the series has some, and one of ten series without any has one. Fewer than 14 known values, and a constant series,
 * have none.
 *
 * @returns by `index`, ascending
 * @example
 * ```ts
 * const dailyRevenue = [120, 133, 96, null, 118, 127, 131];
 * for (const { index, kind, value, expected } of detectAnomalies(dailyRevenue)) {
 *   console.log(`${kind} on day ${index}: ${value} instead of ${expected}`);
 * }
 * ```
 * @throws ArgumentError for NaN or an infinite value, and a season of less than 2 values
 */
export function detectAnomalies(
  values: readonly (number | null)[],
  { seasons = [7] }: DetectAnomaliesOptions = {},
): Anomaly[] {
  const series = readSeries(values);
  const periods = readSeasons(seasons);
  if (values.length <= LONGEST) return detectIn(series, periods);
  const found: Anomaly[] = [];
  // Most parts are as long, and have no gaps.
  for (let from = 0; from < values.length; from += PART) {
    const start = Math.max(0, from - NEIGHBOURHOOD);
    for (const anomaly of detectIn(partOf(series, start, from + PART + NEIGHBOURHOOD), periods)) {
      const index = start + anomaly.index;
      if (index >= from && index < from + PART) found.push({ ...anomaly, index });
    }
  }
  return found;
}

function partOf({ values, known }: Series, from: number, to: number): Series {
  const part = known.subarray(from, to);
  return { values: values.subarray(from, to), known: part, knownCount: part.filter((weight) => weight > 0).length };
}

function detectIn(series: Series, seasons: readonly number[]): Anomaly[] {
  const judgement = atOnce(judge(series, seasons));
  return judgement === undefined ? [] : anomaliesOf(judgement, series.values);
}
