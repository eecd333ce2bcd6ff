/**
 * The highest or lowest day of all that are known, of at least a year. An extreme that is far from its neighbours is a spike
 * or drop, and told as that: a record is one that a metric has grown to, as on the best day of a good season.
 */
import { defined } from '@bizinsights/jobs-core/define';
import type { InsightDirection } from '../evidence.js';
import type { MetricHistory } from '../metric-history.js';
import { type Metric, rounded } from '../metrics.js';
import { dailyNoise, median } from '../robust.js';
import { type Finding, relativeChange, seriesOf, unitOf } from './finding.js';
import { isNearZero, knownOf, leadingMetrics } from './leading.js';

/** So many known days make a record. */
const LEAST_DAYS = 365;

/** A day so many standard deviations from the days around it is a spike or drop. */
const UNUSUAL = 3;

/** So many days before a day say what its noise is, and so many after. */
const NOISE_DAYS = 91;
const AROUND = 14;

/** So many days before a record are plotted. */
const PLOTTED = 90;

const SIDES = [
  { of: 'highest', direction: 'up', sign: 1 },
  { of: 'lowest', direction: 'down', sign: -1 },
] as const;
type Side = (typeof SIDES)[number];

/**
 * The latest of each side, of the first of the leading metrics that has one.
 *
 * @param isSaid whether another finding says already that a metric moves so
 */
export function findRecords(
  metrics: readonly MetricHistory[],
  isSaid: (metric: Metric, direction: InsightDirection) => boolean = () => false,
): readonly Finding[] {
  const leading = leadingMetrics(metrics, LEAST_DAYS).filter((metric) => !isNearZero(metric));
  return SIDES.flatMap((side) => {
    for (const metric of leading.filter((one) => !isSaid(one.metric, side.direction))) {
      const found = latestRecord(metric, side);
      if (found) return [found];
    }
    return [];
  });
}

function latestRecord(of: MetricHistory, side: Side): Finding | undefined {
  const { values, from } = of;
  let best: number | undefined;
  let last: { readonly index: number; readonly previous: number } | undefined;
  values.forEach((value, index) => {
    if (value === null || (best !== undefined && !isBeyond(value, values[best] ?? value, side))) return;
    // The first days beat each other: only what beats a year of them is a record.
    if (best !== undefined && index >= from && knownOf(values.slice(0, index)) >= LEAST_DAYS) {
      if (!isUnusual(values, index)) last = { index, previous: best };
    }
    best = index;
  });
  // A later spike is the highest: then that is what is told.
  return last === undefined || last.index !== best ? undefined : tell(of, side, last.index, last.previous);
}

function isBeyond(value: number, other: number, { sign }: Side): boolean {
  return sign * value > sign * other;
}

/** Against the same weekday of the weeks before and after. */
function isUnusual(values: readonly (number | null)[], index: number): boolean {
  const known = (value: number | null | undefined) => value ?? undefined;
  const noise = dailyNoise(values.slice(Math.max(0, index - NOISE_DAYS), index + AROUND + 1).map(known));
  const weekdays = [-14, -7, 7, 14].flatMap((days) => known(values[index + days]) ?? []);
  const [value, usual] = [known(values[index]), median(weekdays)];
  if (usual === undefined || noise === undefined || value === undefined) return true;
  return Math.abs(value - usual) > UNUSUAL * noise;
}

function tell(of: MetricHistory, side: Side, index: number, before: number): Finding | undefined {
  const { metric, points, values, history } = of;
  const [point, previous] = [points[index], points[before]];
  const [value, expected] = [values[index] ?? 0, values[before] ?? 0];
  if (!point || !previous) return undefined;
  const { unit } = metric;
  const change = relativeChange(value, expected);
  const since = points[values.findIndex((one) => one !== null)]?.day ?? point.day;
  return {
    kind: 'record',
    topic: `record:${metric.name}:${side.of}`,
    metric,
    impact: 'low',
    evidence: {
      method: 'history',
      ...unitOf(metric, history.calendar),
      window: { from: point.day, to: point.day },
      value: rounded(unit, value),
      expected: rounded(unit, expected),
      ...defined({ change: change === undefined ? undefined : rounded('share', change) }),
      direction: side.direction,
      record: { of: side.of, since, previous: { day: previous.day, value: rounded(unit, expected) } },
      series: seriesOf(unit, points.slice(Math.max(0, index - PLOTTED), index + 8)),
    },
  };
}
