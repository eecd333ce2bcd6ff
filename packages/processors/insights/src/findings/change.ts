/** The figure of a period against that of the equal period before it. */
import { defined } from '@bizinsights/jobs-core/define';
import type { MetricHistory } from '../metric-history.js';
import { divide, type Metric, type Point, rounded } from '../metrics.js';
import { dailyNoise } from '../robust.js';
import { type Finding, impactOf, leastNoise, relativeChange, seriesOf } from './finding.js';

/** A change of so many standard deviations is more than noise. */
const BEYOND_NOISE = 3;

/** A smaller change is not told: 0.05 is 5 %. */
const LEAST = 0.05;

/** A change that may be noise is told when it is as large as this. */
const LEAST_IN_NOISE = 0.25;

/** So large a part of the days has to be comparable. */
const COMPARABLE = 0.5;

/** How many days the noise is judged by, at least. */
const NOISE_DAYS = 91;

/** No more days go into the evidence. */
const PLOTTED = 365;

/**
 * Compares the last days with as many before them, day by day: a day that is uncertain is left out together with the one that
 * it stands against. Ratios come from the sums. Nothing is concluded where less than half of the days is left.
 */
export function findChange({ metric, points, history }: MetricHistory): readonly Finding[] {
  const { length, period, calendar } = history;
  const window = points.slice(-length);
  const before = points.slice(-2 * length, -length);
  const pairs = window.flatMap((point, index) => {
    const earlier = before[index];
    return earlier && !earlier.isUncertain && !point.isUncertain ? [{ point, earlier }] : [];
  });
  if (before.length < length || pairs.length < COMPARABLE * length) return [];

  const now = sumOf(
    metric,
    pairs.map(({ point }) => point),
  );
  const then = sumOf(
    metric,
    pairs.map(({ earlier }) => earlier),
  );
  const value = ratioOf(now);
  const expected = ratioOf(then);
  if (value === undefined || expected === undefined || value === expected) return [];
  const change = relativeChange(value, expected);
  const noise = noiseOf(metric, points.slice(-Math.max(2 * length, NOISE_DAYS)), now, then, pairs.length);
  const score = noise !== undefined && noise > 0 ? (value - expected) / noise : undefined;
  const isBeyondNoise = noise !== undefined && Math.abs(value - expected) > BEYOND_NOISE * noise;
  const size = change === undefined ? 1 : Math.abs(change);
  if (size < (isBeyondNoise ? LEAST : LEAST_IN_NOISE)) return [];

  const { unit } = metric;
  const finding: Finding = {
    kind: 'change',
    topic: `change:${metric.name}:${period}`,
    metric,
    impact: impactOf(unit, change, isBeyondNoise),
    evidence: {
      method: 'period-before',
      unit,
      ...(unit === 'minor-units' ? { currency: calendar.currency } : {}),
      window: rangeOf(window),
      before: rangeOf(before),
      value: rounded(unit, value),
      expected: rounded(unit, expected),
      ...defined({
        change: change === undefined ? undefined : rounded('share', change),
        score: score === undefined ? undefined : rounded('count', score),
      }),
      direction: value > expected ? 'up' : 'down',
      days: { compared: pairs.length, left: length - pairs.length },
      series: seriesOf(unit, points.slice(-2 * length).slice(-PLOTTED)),
    },
  };
  return [finding];
}

/** The amounts of several days, and what they are divided by. */
interface Sum {
  readonly amount: number;
  readonly per: number;
}

function sumOf({ dividedBy }: Metric, points: readonly Point[]): Sum {
  const total = (figure: 'amount' | 'per') => points.reduce((sum, point) => sum + point[figure], 0);
  return { amount: total('amount'), per: dividedBy === undefined ? 1 : total('per') };
}

const ratioOf = ({ amount, per }: Sum) => divide(amount, per);

/**
 * The standard deviation of the difference between two periods that differ by noise alone. Of a ratio by how far each day's
 * amount is from what its denominator lets expect.
 */
function noiseOf(metric: Metric, points: readonly Point[], now: Sum, then: Sum, days: number): number | undefined {
  const ratio = metric.dividedBy === undefined ? 0 : (now.amount + then.amount) / (now.per + then.per);
  const daily = dailyNoise(
    points.map(({ amount, per, isUncertain }) => (isUncertain ? undefined : amount - ratio * per)),
  );
  if (daily === undefined) return undefined;
  const least = metric.dividedBy === undefined ? leastNoise(metric.unit, then.amount / days) : 0;
  return Math.max(daily, least) * Math.sqrt(days) * Math.hypot(1 / now.per, 1 / then.per);
}

function rangeOf(points: readonly Point[]) {
  return { from: points[0]?.day ?? '', to: points.at(-1)?.day ?? '' };
}
