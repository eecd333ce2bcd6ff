/** The figures that say most of a business, the most important first. What is low in impact is told of one of them alone. */
import type { MetricHistory } from '../metric-history.js';

const LEADING = ['revenue', 'orders', 'sessions'];

/** Those of them of which at least so many days are known, up to near the end of the history. */
export function leadingMetrics(metrics: readonly MetricHistory[], days: number): readonly MetricHistory[] {
  return LEADING.flatMap((name) => metrics.filter(({ metric }) => metric.name === name)).filter(
    ({ values }) => knownOf(values) >= days && knownOf(values.slice(-days)) >= days / 2,
  );
}

export function knownOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((count, value) => count + (value === null ? 0 : 1), 0);
}

/** Rare sales: on more than one of ten days there is nothing, or a count is small on most. They have no level to speak of. */
export function isNearZero({ metric, values }: MetricHistory): boolean {
  const known = Float64Array.from(values.filter((value) => value !== null)).sort();
  const typical = known[known.length >> 1] ?? 0;
  const few = known[Math.floor(known.length / 10)] ?? 0;
  return few <= 0 || (metric.unit === 'count' && typical < LEAST_COUNT);
}

const LEAST_COUNT = 10;
