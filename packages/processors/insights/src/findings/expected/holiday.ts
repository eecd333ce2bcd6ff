/** What holidays have done: the day of one against an ordinary day of its season, and what it did the year before. */
import { defined } from '@bizinsights/jobs-core/define';
import type { InsightEvidence } from '../../evidence.js';
import { rounded } from '../../metrics.js';
import { at } from '../../series/at.js';
import { normalTails } from '../../series/statistics/distributions.js';
import { type Finding, relativeChange } from '../finding.js';
import type { JudgedMetric } from './judged-metric.js';
import { plotted } from './plotted.js';

/** Told of the first of these that can be judged: what a holiday does is seen in all of them. */
const TOLD_OF = ['revenue', 'orders', 'sessions'];

/** Standard deviations: what is less may be noise. */
const LEAST_SCORE = 4;
/** What is less is not told: 0.25 is 25 % more or less than on an ordinary day. */
const LEAST = 0.25;
/** Of holidays that are fewer days apart, as those of Christmas, the one that has done most is told. */
const APART = 5;
/** No more are told: those that have done most. */
const MOST = 5;
interface HolidayDay {
  readonly index: number;
  readonly change: number;
}

/**
 * At most one finding for each holiday of the days that are judged.
 *
 * @param share of the noise that is not usual
 */
export function findHolidays(metrics: readonly JudgedMetric[], share: number): readonly Finding[] {
  const told = TOLD_OF.flatMap((name) => metrics.find(({ metric }) => metric.name === name) ?? []);
  const [judged] = told;
  if (judged === undefined) return [];
  const days = judged.judgement.places.flatMap((index): HolidayDay[] => {
    const change = index >= judged.from && judged.near[index]?.offset === 0 ? changeOn(judged, index) : undefined;
    return change === undefined ? [] : [{ index, change }];
  });
  const kept: HolidayDay[] = [];
  for (const day of days.toSorted((a, b) => Math.abs(b.change) - Math.abs(a.change))) {
    if (kept.length < MOST && kept.every(({ index }) => Math.abs(index - day.index) >= APART)) kept.push(day);
  }
  return kept.sort((a, b) => a.index - b.index).flatMap((day) => findingOf(judged, day, share));
}

/** Relative to an ordinary day. Undefined where it may be noise, or is more than the holiday has ever done: a spike or drop. */
function changeOn(judged: JudgedMetric, index: number): number | undefined {
  const { offOrdinary, surprise } = judged.judgement;
  const isHoliday = Math.abs(at(surprise, index)) < LEAST_SCORE || judged.isExplained(index);
  if (!isHoliday || Math.abs(at(offOrdinary, index)) < LEAST_SCORE) return undefined;
  const change = relativeChange(judged.points[index]?.value ?? 0, judged.ordinary(index));
  return change !== undefined && Math.abs(change) >= LEAST ? change : undefined;
}

function findingOf(judged: JudgedMetric, { index, change }: HolidayDay, share: number): Finding[] {
  const { metric, points, history, near } = judged;
  const { unit } = metric;
  const one = near[index];
  const day = points[index]?.day;
  if (one === undefined || day === undefined) return [];
  const factor = (place: number) => rounded('factor', (points[place]?.value ?? 0) / judged.ordinary(place));
  const last = one.earlier.at(-1);
  const before = last === undefined ? undefined : { day: points[last]?.day ?? '', factor: factor(last) };
  const score = at(judged.judgement.offOrdinary, index);
  const evidence: InsightEvidence = {
    method: 'expected-range',
    unit,
    ...(unit === 'minor-units' ? { currency: history.calendar.currency } : {}),
    window: { from: day, to: day },
    value: rounded(unit, points[index]?.value ?? 0),
    expected: rounded(unit, judged.ordinary(index)),
    change: rounded('share', change),
    direction: change > 0 ? 'up' : 'down',
    score: rounded('count', score),
    p: normalTails(score),
    holiday: { day, name: one.holiday.name, factor: factor(index), ...defined({ before }) },
    series: plotted(judged, index, index, share),
  };
  return [
    { kind: 'holiday', topic: `holiday:${metric.name}:${one.holiday.id}:${day}`, metric, impact: 'low', evidence },
  ];
}
