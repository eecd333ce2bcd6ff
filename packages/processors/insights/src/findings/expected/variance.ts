/**
 * Days that differ more, or less, from each other than before: the distances of days from their expectation, before and since a
 * day of the period. The median of distances is compared (Levene's test in the form of Brown and Forsythe, Journal of the
 * American Statistical Association 69, 1974), so that single spikes make no change of variance. The day is that of the largest
 * difference, and its probability is corrected for the days that it was looked for in.
 */
import type { InsightEvidence } from '../../evidence.js';
import { rounded } from '../../metrics.js';
import { at } from '../../series/at.js';
import { medianOf } from '../../series/statistics/quantile.js';
import { windowChange } from '../../series/statistics/window-change.js';
import type { Finding } from '../finding.js';
import type { Events } from './events.js';
import type { JudgedMetric } from './judged-metric.js';
import { plotted } from './plotted.js';
import { FALSE_DISCOVERIES } from './rates.js';

/** Days: fewer say nothing of how much they differ. */
const LEAST_SINCE = 28;
const LEAST_BEFORE = 90;
/** The day is looked for at every so many. */
const EVERY = 7;
/** What is less is not told: twice as much, or half. */
const LEAST_FACTOR = 2;
/** Of the noise of the whole series: what is less is rounding, of a figure that is the same every day. */
const LEAST_SPREAD = 0.05;
/** Standard deviations beyond which a distance is drawn nearer. */
const REACH = 3;
/** The median distance of normal noise, in standard deviations. */
const NORMAL_MIDDLE = 0.6745;

interface Change {
  readonly index: number;
  readonly p: number;
  readonly before: number;
  readonly since: number;
}

/**
 * The largest change of the variance within the days that are judged. After a shift of the level days differ otherwise for that
 * alone.
 *
 * @param metrics how many are judged together
 */
export function findVariance(
  judged: JudgedMetric,
  { days, shifts }: Events,
  metrics: number,
  share: number,
): readonly Finding[] {
  if (shifts.some(({ first }) => first >= judged.from - LEAST_SINCE)) return [];
  const change = changeOf(judged, (place) => days.some(({ first, last }) => place >= first && place <= last));
  if (change === undefined) return [];
  const factor = change.since / change.before;
  const rate = Math.min(1, change.p * metrics);
  if (rate > FALSE_DISCOVERIES || Math.max(factor, 1 / factor) < LEAST_FACTOR) return [];
  return [findingOf(judged, change, rate, share)];
}

/** @param isEvent days that are spikes and drops */
function changeOf({ judgement, from, near }: JudgedMetric, isEvent: (place: number) => boolean): Change | undefined {
  const places = judgement.places.filter((place) => near[place] === undefined && !isEvent(place));
  const distances = Float64Array.from(places, (place) => Math.min(REACH, Math.abs(at(judgement.surprise, place))));
  let tried = 0;
  let best: { readonly order: number; readonly p: number } | undefined;
  for (let order = LEAST_BEFORE; order <= places.length - LEAST_SINCE; order += EVERY) {
    if ((places[order] ?? 0) < from) continue;
    const p = windowChange(distances.subarray(0, order), distances.subarray(order))?.p ?? 1;
    if (best === undefined || p < best.p) best = { order, p };
    tried += 1;
  }
  if (best === undefined) return undefined;
  const [before, since] = [distances.subarray(0, best.order), distances.subarray(best.order)].map(spreadOf);
  if (before === undefined || since === undefined || Math.min(before, since) < LEAST_SPREAD) return undefined;
  return { index: places[best.order] ?? 0, before, since, p: Math.min(1, best.p * tried) };
}

/** Of distances, as a standard deviation. */
function spreadOf(distances: Float64Array): number {
  return medianOf(distances) / NORMAL_MIDDLE;
}

/** The spread is in the unit of the metric: of a day with the usual expectation since then. */
function findingOf(judged: JudgedMetric, { index, before, since }: Change, rate: number, share: number): Finding {
  const { metric, points, history } = judged;
  const { unit } = metric;
  const deviation = deviationOf(judged, index);
  const window = { from: points[index]?.day ?? '', to: points.at(-1)?.day ?? '' };
  const evidence: InsightEvidence = {
    method: 'residual-spread',
    unit,
    ...(unit === 'minor-units' ? { currency: history.calendar.currency } : {}),
    window,
    value: rounded(unit, since * deviation),
    expected: rounded(unit, before * deviation),
    change: rounded('share', since / before - 1),
    direction: since > before ? 'up' : 'down',
    p: rate,
    series: plotted(judged, index, points.length - 1, share),
  };
  return { kind: 'variance', topic: `variance:${metric.name}:${window.from}`, metric, impact: 'low', evidence };
}

/** A standard deviation of the whole series' noise, in the unit of the metric: by the days since a place. */
function deviationOf({ judgement, points, ...judged }: JudgedMetric, index: number): number {
  const each = judgement.places.flatMap((place) => {
    const surprise = at(judgement.surprise, place);
    if (place < index || Math.abs(surprise) < NORMAL_MIDDLE) return [];
    return [Math.abs((points[place]?.value ?? 0) - judged.expected(place)) / Math.abs(surprise)];
  });
  return each.length === 0 ? 0 : medianOf(Float64Array.from(each));
}
