/** Which metrics move for one cause, and which of several is told: as tables. */
import { METRICS, type Metric } from '../metrics.js';

/**
 * Of several that moved for one cause the first is told: money, then what is nearest to it. A ratio comes last, as it follows
 * from its figures.
 */
const ORDER: readonly string[] = [
  'revenue',
  'adSpend',
  'adRevenue',
  'refunds',
  'orders',
  'newCustomers',
  'sessions',
  'clicks',
  'impressions',
  'conversionRate',
  'averageOrderValue',
  'returnOnAdSpend',
];

/** Those that move together in one direction: more visits are more orders, and more orders are more revenue. */
const TOGETHER: readonly (readonly string[])[] = [
  ['revenue', 'orders', 'newCustomers', 'sessions', 'conversionRate', 'adRevenue', 'returnOnAdSpend'],
  ['revenue', 'averageOrderValue'],
  ['revenue', 'refunds'],
  ['adSpend', 'impressions', 'clicks', 'adRevenue'],
  ['clicks', 'sessions'],
];

/** 0 is what is told first. A metric that is not in the table comes last. */
export function orderOf(metric: string): number {
  const place = ORDER.indexOf(metric);
  return place < 0 ? ORDER.length : place;
}

/** The figures that a ratio is made of, by their names in `store.metrics`; none for what adds up. */
export function figuresOf({ figure, dividedBy }: Metric): readonly string[] {
  return dividedBy === undefined ? [] : [figure, dividedBy];
}

/** Whether one metric is the other's numerator or denominator: then it moves with it, in either direction. */
export function isRatioOf(one: Metric, other: Metric): boolean {
  return figuresOf(one).includes(other.name) || figuresOf(other).includes(one.name);
}

/** Whether two metrics go up or down together for one cause. */
export function goTogether(one: Metric, other: Metric): boolean {
  return one.name === other.name || TOGETHER.some((group) => group.includes(one.name) && group.includes(other.name));
}

/** Undefined for a name that is no metric, as in an insight of another version. */
export function metricNamed(name: string): Metric | undefined {
  return METRICS.find((metric) => metric.name === name);
}
