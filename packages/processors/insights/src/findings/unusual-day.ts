/** Days that are far from the median of the same weekdays before them. */
import { defined } from '@bizinsights/jobs-core/define';
import type { MetricHistory } from '../metric-history.js';
import { type Metric, type Point, rounded } from '../metrics.js';
import type { MetricCalendar } from '../ports.js';
import { dailyNoise, mad, median, spread } from '../robust.js';
import { type Finding, impactOf, leastNoise, relativeChange, seriesOf } from './finding.js';

const WEEK = 7;

/** A day is judged by the known ones of so many same weekdays before it. */
const WEEKS = 12;

/** By fewer it is not judged. */
const LEAST_WEEKDAYS = 4;

/** A day so many standard deviations away is unusual: the limit of Iglewicz and Hoaglin, 1993. */
const UNUSUAL = 3.5;

/** A smaller distance is not told, however quiet the metric is: 0.1 is 10 %. */
const LEAST = 0.1;

/** Noise is taken to be at least this part of what is expected: one that was constant so far may move a little. */
const LEAST_NOISE = 0.05;

/** No more days of one metric are told: the furthest. */
const MOST = 5;

/** Unusual days in one direction that are fewer days apart are one: the first is told, and the others follow from it. */
const APART = WEEK;

/** The unusual ones of the days that are judged, the furthest first. */
export function findUnusualDays({ metric, points, history: { length, calendar } }: MetricHistory): readonly Finding[] {
  // Before the first figure there was nothing to measure: those zeros say nothing of what is usual.
  const begin = points.findIndex(({ amount, isUncertain }) => amount !== 0 && !isUncertain);
  if (begin < 0) return [];
  const values = points.map(({ value, isUncertain }, index) => (isUncertain || index < begin ? undefined : value));
  const found: Finding[] = [];
  const last = { up: Number.NEGATIVE_INFINITY, down: Number.NEGATIVE_INFINITY };
  for (let index = Math.max(0, points.length - length - WEEKS * WEEK); index < points.length; index++) {
    const finding = judge(metric, points, values, index, calendar);
    if (!finding) continue;
    const { direction = 'up' } = finding.evidence;
    const isFirst = index - last[direction] >= APART;
    last[direction] = index;
    if (isFirst && index >= points.length - length) found.push(finding);
  }
  return found.toSorted((a, b) => distanceOf(b) - distanceOf(a)).slice(0, MOST);
}

const distanceOf = ({ evidence }: Finding) => Math.abs(evidence.score ?? 0);

function judge(
  metric: Metric,
  points: readonly Point[],
  values: readonly (number | undefined)[],
  index: number,
  { currency }: MetricCalendar,
): Finding | undefined {
  const { unit } = metric;
  const point = points[index];
  const value = values[index];
  const from = Math.max(0, index - WEEKS * WEEK);
  const history = values.slice(from, index);
  const weekdays = history.filter(
    (one, place): one is number => one !== undefined && (index - from - place) % WEEK === 0,
  );
  const expected = median(weekdays);
  if (!point || value === undefined || expected === undefined || weekdays.length < LEAST_WEEKDAYS) return undefined;

  const noise = Math.max(
    spread(weekdays, expected),
    dailyNoise(history) ?? 0,
    leastNoise(unit, expected),
    LEAST_NOISE * Math.abs(expected),
  );
  const change = relativeChange(value, expected);
  const score = noise > 0 ? (value - expected) / noise : 0;
  if (Math.abs(score) < UNUSUAL || Math.abs(change ?? 1) < LEAST) return undefined;
  return {
    kind: 'unusual-day',
    topic: `unusual-day:${metric.name}:${point.day}`,
    metric,
    impact: impactOf(unit, change, true),
    evidence: {
      method: 'weekday-median',
      unit,
      ...(unit === 'minor-units' ? { currency } : {}),
      window: { from: point.day, to: point.day },
      value: rounded(unit, value),
      expected: rounded(unit, expected),
      ...defined({ change: change === undefined ? undefined : rounded('share', change) }),
      direction: value > expected ? 'up' : 'down',
      score: rounded('count', score),
      weekdays: {
        count: weekdays.length,
        median: rounded(unit, expected),
        mad: rounded(unit, mad(weekdays, expected)),
      },
      series: seriesOf(unit, points.slice(from, index + WEEK + 1)),
    },
  };
}
