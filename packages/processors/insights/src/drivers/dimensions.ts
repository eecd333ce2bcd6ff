/** Which dimensions a metric can be taken apart by: those that the source's breakdowns have its figures of. */
import type { InsightDimension } from '../evidence.js';
import type { Metric } from '../metrics.js';
import type { DayFigures } from '../ports.js';

/** What tells most of all first: each is asked for in turn, until one has explained it. */
const OF_FIGURES: Readonly<Record<keyof DayFigures, readonly InsightDimension[]>> = {
  revenue: ['channel', 'product', 'country', 'platform'],
  refunds: ['channel', 'country', 'platform'],
  orders: ['channel', 'product', 'country', 'platform'],
  newCustomers: ['platform'],
  sessions: ['channel', 'country', 'platform'],
  adSpend: ['campaign', 'platform'],
  adRevenue: ['campaign', 'platform'],
  impressions: ['campaign', 'platform'],
  clicks: ['campaign', 'platform'],
};

/** Its orders are counted once for each of their products: they are no whole that a ratio could be a ratio of. */
const NOT_OF_RATIOS: ReadonlySet<InsightDimension> = new Set<InsightDimension>(['product']);

/** Of a ratio those that both of its figures have. */
export function dimensionsOf({ figure, dividedBy }: Metric): readonly InsightDimension[] {
  const own = OF_FIGURES[dayFigure(figure)];
  if (dividedBy === undefined) return own;
  const others = OF_FIGURES[dayFigure(dividedBy)];
  return own.filter((dimension) => others.includes(dimension) && !NOT_OF_RATIOS.has(dimension));
}

/** The same name: what metrics are made of are the figures of a day. */
function dayFigure(figure: Metric['figure']): keyof DayFigures {
  return figure;
}
