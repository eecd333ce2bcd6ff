/**
 * Round sums since the first day: 1, 2 and 5 times a power of ten. Told where the first day lies within the history, as
 * otherwise the sum is not known, and where nearly all days since are known.
 */
import { decimalsOf } from '@bizinsights/jobs-platforms';
import type { MetricHistory } from '../metric-history.js';
import { rounded } from '../metrics.js';
import { type Finding, seriesOf, unitOf } from './finding.js';
import { knownOf } from './leading.js';

/** Figures of which people count the sum, and the first that is round enough: money in whole units of its currency. */
const COUNTED: Readonly<Record<string, number>> = { revenue: 1_000, orders: 100, newCustomers: 100 };

const STEPS = [5, 2, 1];

/** So many days without anything before the first figure: the history does not begin in the middle. */
const EMPTY_BEFORE = 7;

/** So large a part of the days since has to be known. */
const KNOWN = 0.95;

/** Of all metrics the largest that was reached in the period, in relation to the first milestone of the metric. */
export function findMilestone(metrics: readonly MetricHistory[]): readonly Finding[] {
  const reached = metrics.flatMap((one) => milestoneOf(one) ?? []);
  return reached
    .toSorted((one, other) => other.size - one.size)
    .slice(0, 1)
    .map(({ finding }) => finding);
}

function milestoneOf(of: MetricHistory): { readonly finding: Finding; readonly size: number } | undefined {
  const { metric, points, values, from, history } = of;
  const least = COUNTED[metric.name];
  const begin = values.findIndex((value) => value !== null);
  if (least === undefined || begin < EMPTY_BEFORE || knownOf(values) < KNOWN * (values.length - begin))
    return undefined;
  const { unit } = metric;
  const whole = unit === 'minor-units' ? 10 ** decimalsOf(history.calendar.currency) : 1;
  // What is given back may come off a sum: only what still stands is reached.
  const sums: number[] = [];
  values.forEach((value, index) => {
    sums.push((sums[index - 1] ?? 0) + (value ?? 0));
  });
  const reached = roundBelow(Math.min(...sums.slice(-1)) / whole) * whole;
  const index = sums.findIndex((sum) => sum >= reached);
  const [first, point] = [points[begin], points[index]];
  if (!(reached >= least * whole) || index < from || !first || !point) return undefined;
  const sum = sums[index] ?? reached;
  const finding: Finding = {
    kind: 'milestone',
    topic: `milestone:${metric.name}:${reached}`,
    metric,
    impact: 'low',
    evidence: {
      method: 'history',
      ...unitOf(metric, history.calendar),
      window: { from: point.day, to: point.day },
      value: rounded(unit, sum),
      expected: reached,
      direction: 'up',
      milestone: { reached, since: first.day },
      series: seriesOf(unit, points.slice(from)),
    },
  };
  return { finding, size: reached / whole / least };
}

/** The largest of 1, 2 and 5 times a power of ten that is not larger. 0 for less than 1. */
function roundBelow(value: number): number {
  if (!(value >= 1)) return 0;
  // The logarithm of 1,000 is a little less than 3.
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return power * (STEPS.find((step) => step * power <= value) ?? 1);
}
