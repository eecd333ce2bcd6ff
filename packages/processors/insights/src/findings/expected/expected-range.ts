/**
 * Days and levels that are not what season, trend and holidays let expect: robust STL takes the season out, a curve with steps
 * the level, and what is left is judged by its own noise (`series/`). What is found of all metrics is corrected together.
 */
import { defined } from '@bizinsights/jobs-core/define';
import type { InsightEvidence, InsightPoint } from '../../evidence.js';
import { type Point, rounded } from '../../metrics.js';
import { type Finding, impactOf, relativeChange } from '../finding.js';
import type { DaysEvent, Events, ShiftEvent } from './events.js';
import type { JudgedMetric } from './judged-metric.js';
import { PLOTTED, plotted } from './plotted.js';
import { expectedOf, figureOf } from './sums.js';

/** What is less far off its expectation is not told, however quiet the metric is: 0.1 is 10 %. */
const LEAST = 0.1;

/** Days in a row, up to the last known one, that are another level: a spike or drop that has held for so long has not come back. */
const HELD = 10;

/** So many of the last days may still be open: what has held up to them is taken to go on. */
const MOST_OPEN = 2;

/** Spikes, drops and level shifts of the days that are judged. */
export function findUnexpected(judged: JudgedMetric, { days, shifts }: Events, share: number): readonly Finding[] {
  return [
    ...days
      .filter(({ last }) => last >= judged.from)
      .flatMap((event) =>
        holds(judged, event) ? heldFinding(judged, event, share) : daysFinding(judged, event, share),
      ),
    ...shifts.filter(({ first }) => first >= judged.from).flatMap((event) => shiftFinding(judged, event, share)),
  ];
}

function holds({ judgement, points }: JudgedMetric, { first, last, shift }: DaysEvent): boolean {
  if (shift !== undefined || last !== judgement.places.at(-1)) return false;
  const open = points.length - 1 - last;
  return last - first + 1 + (open <= MOST_OPEN ? open : 0) >= HELD;
}

/** Days that may be a step which the curve of the level has bent towards, so that no step was seen. */
function heldFinding(judged: JudgedMetric, { first, last, isUp, rate }: DaysEvent, share: number): Finding[] {
  const { metric, judgement } = judged;
  const indices = knownIn(judged, first, last);
  const points = pointsAt(judged, indices);
  const sum = figureOf(metric, points);
  if (sum === undefined) return [];
  const expected = expectedOf(metric, points, indices.map(judged.expected));
  const each = metric.dividedBy === undefined ? indices.length : 1;
  const surprises = indices.map((index) => judgement.surprise[index] ?? 0);
  return findingOf(judged, {
    kind: 'level-shift',
    first,
    last: judged.points.length - 1,
    value: sum / each,
    expected: expected / each,
    direction: isUp ? 'up' : 'down',
    score: surprises.reduce((total, one) => total + one, 0) / Math.sqrt(surprises.length),
    rate,
    series: plotted(judged, first, last, share),
  });
}

function daysFinding(judged: JudgedMetric, event: DaysEvent, share: number): Finding[] {
  const { metric, judgement } = judged;
  const { first, last, shift, rate } = event;
  const indices = knownIn(judged, first, last);
  const points = pointsAt(judged, indices);
  const expectedAt = (index: number) => (shift ? judged.without(shift, index) : judged.expected(index));
  const value = figureOf(metric, points);
  const expected = expectedOf(metric, points, indices.map(expectedAt));
  const ranges = indices.map((index) => judged.usual(index, share));
  const reach = (side: 'lower' | 'upper') => {
    const distances = indices.map((index, order) => (ranges[order]?.[side] ?? 0) - judged.expected(index));
    return spreadOf(judged, points, distances);
  };
  if (value === undefined) return [];
  const direction = event.isUp ? 'up' : 'down';
  const surprises = indices.map((index) => judgement.surprise[index] ?? 0);
  const score = shift?.score ?? surprises.reduce((sum, one) => sum + one, 0) / Math.sqrt(surprises.length);
  return findingOf(judged, {
    kind: event.isUp ? 'spike' : 'drop',
    first,
    last,
    value,
    expected,
    lower: expected - reach('lower'),
    upper: expected + reach('upper'),
    direction,
    score,
    rate,
    series: plotted(judged, first, last, share, shift),
  });
}

function shiftFinding(judged: JudgedMetric, { first, last, shift, rate }: ShiftEvent, share: number): Finding[] {
  const { metric } = judged;
  const indices = knownIn(judged, first, last);
  const points = pointsAt(judged, indices);
  const sum = figureOf(metric, points);
  const before = expectedOf(
    metric,
    points,
    indices.map((index) => judged.without(shift, index)),
  );
  if (sum === undefined || indices.length === 0) return [];
  const each = metric.dividedBy === undefined ? indices.length : 1;
  return findingOf(judged, {
    kind: 'level-shift',
    first,
    last,
    value: sum / each,
    expected: before / each,
    direction: shift.size > 0 ? 'up' : 'down',
    score: shift.score,
    rate,
    series: plotted(judged, first, Math.min(last, first + PLOTTED / 2), share, shift),
  });
}

interface Found {
  readonly kind: 'spike' | 'drop' | 'level-shift';
  readonly first: number;
  readonly last: number;
  readonly value: number;
  readonly expected: number;
  readonly lower?: number;
  readonly upper?: number;
  readonly direction: 'up' | 'down';
  readonly score: number;
  readonly rate: number;
  readonly series: readonly InsightPoint[];
}

function findingOf(judged: JudgedMetric, found: Found): Finding[] {
  const { metric, points, history } = judged;
  const { unit } = metric;
  const { kind, value, expected, lower, upper, direction, score, rate } = found;
  const change = relativeChange(value, expected);
  const isIncomplete = direction === 'down' && found.last >= points.length - (metric.growsFor ?? 0);
  if (isIncomplete || Math.abs(change ?? 1) < LEAST || value === expected || value > expected !== (direction === 'up'))
    return [];
  const window = { from: points[found.first]?.day ?? '', to: points[found.last]?.day ?? '' };
  const figure = (one: number | undefined) => (one === undefined ? undefined : rounded(unit, one));
  const evidence: InsightEvidence = {
    method: 'expected-range',
    unit,
    ...(unit === 'minor-units' ? { currency: history.calendar.currency } : {}),
    window,
    value: rounded(unit, value),
    expected: rounded(unit, expected),
    ...defined({
      lower: figure(lower),
      upper: figure(upper),
      change: change === undefined ? undefined : rounded('share', change),
    }),
    direction,
    score: rounded('count', score),
    p: rate,
    ...(kind === 'level-shift' && hasEnded(judged, found.last) ? { ended: true } : {}),
    ...defined({ holiday: kind === 'level-shift' ? undefined : holidayIn(judged, found.first, found.last) }),
    series: found.series,
  };
  return [
    { kind, topic: `${kind}:${metric.name}:${window.from}`, metric, impact: impactOf(unit, change, true), evidence },
  ];
}

/** Whether days after it are known. */
function hasEnded({ values }: JudgedMetric, last: number): boolean {
  return values.findLastIndex((value) => value !== null) > last;
}

/** The nearest holiday of some days. */
function holidayIn({ near }: JudgedMetric, first: number, last: number): InsightEvidence['holiday'] {
  const [nearest] = near
    .slice(first, last + 1)
    .flatMap((one) => one ?? [])
    .sort((a, b) => Math.abs(a.offset) - Math.abs(b.offset));
  return nearest && { day: nearest.holiday.day, name: nearest.holiday.name };
}

function knownIn({ values }: JudgedMetric, first: number, last: number): number[] {
  const indices: number[] = [];
  for (let index = first; index <= last; index++) if ((values[index] ?? null) !== null) indices.push(index);
  return indices;
}

function pointsAt({ points }: JudgedMetric, indices: readonly number[]): Point[] {
  return indices.flatMap((index) => points[index] ?? []);
}

/** How far the figure of several days is usual: the noise of each is its own, so that squares add up. */
function spreadOf({ metric }: JudgedMetric, points: readonly Point[], distances: readonly number[]): number {
  const all = points.reduce((sum, { per }) => sum + per, 0);
  const weights = points.map(({ per }) => (metric.dividedBy === undefined ? 1 : per / all));
  return Math.hypot(...distances.map((distance, order) => distance * (weights[order] ?? 0)));
}
