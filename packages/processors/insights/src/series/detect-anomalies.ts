/**
 * Which values of a series are unusual, judged after its season and its level are taken out: measures by the noise of the
 * series itself, counts near zero by a distribution for counts.
 */
import { checkOptions } from '../reading/given.js';
import { type Anomaly, anomaliesOf, type Found } from './anomaly.js';
import { readSeasons, readSeries, type Series } from './input.js';
import { judge } from './judging/judge.js';
import { Frames } from './level/frames.js';
import { atOnce } from './pieces.js';
import { steadyAnomalies } from './steady.js';

export interface DetectAnomaliesOptions {
  /**
   * Values a season. Default: `[7]`, the week of daily values; what repeats after a year is then a season too. A season that
   * is seen fewer than three times is not taken out, but one of 300 values or more the level follows. More than 1,460 values are
   * judged in parts of about as many, which have to have the season as often.
   */
  readonly seasons?: readonly number[];
}

/**
 * A year and a half. From there on the level may have waves of the year, and one fit takes as long as all of a shorter series; and
 * more judgements make 1 %, of which one more value hardly ever changes more.
 */
const LONGEST_STEADY = 547;

/** A longer series is judged in parts, each with its neighbourhood: what is usual changes over the years. */
const LONGEST = 1_460;
const PART = 730;
const NEIGHBOURHOOD = 370;

const NOTHING: Found = { anomalies: [], shiftFrom: () => undefined };

/**
 * Finds spikes, drops and shifts.
 *
 * The values are evenly spaced, oldest first; `null` is unknown and judged by nothing. About one of ten anomalies is false
 * where the series has some, and one of seven series without any has one. Fewer than 14 known values, and a constant series,
 * have none. One more value changes at most 1 % of the judgements more than 30 values back, with rare exceptions in series of more
 * than 547 values.
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
  const { length } = values;
  if (length <= LONGEST_STEADY) {
    // Kept by this call alone: others hardly have the same beginnings.
    const frames = new Frames();
    return steadyAnomalies(series.known, (count) =>
      count === length ? findIn(series, periods) : findIn(partOf(series, 0, count), periods, frames),
    );
  }
  if (length <= LONGEST) return [...findIn(series, periods).anomalies];
  const found: Anomaly[] = [];
  // Most parts are as long, and have no gaps.
  for (let from = 0; from < length; from += PART) {
    const start = Math.max(0, from - NEIGHBOURHOOD);
    for (const anomaly of findIn(partOf(series, start, from + PART + NEIGHBOURHOOD), periods).anomalies) {
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

function findIn(series: Series, seasons: readonly number[], frames?: Frames): Found {
  const judgement = atOnce(judge(series, seasons, frames && { frames }));
  return judgement === undefined ? NOTHING : anomaliesOf(judgement, series.values);
}
