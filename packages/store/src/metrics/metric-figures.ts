/** The figures of a day or of several, and what follows from them. Money in minor units of one currency. */
import type { DayFigures } from '@bizinsights/jobs-insights';

export type Figures = DayFigures;

/** What can't be summed up over days. Undefined where it would be a division by zero. */
export interface Ratios {
  /** Minor units, rounded. */
  readonly averageOrderValue: number | undefined;
  /** Orders by sessions: 0.02 is 2 %. */
  readonly conversionRate: number | undefined;
  /** Ad revenue by ad spend: 4 is 4 earned for each 1 spent. */
  readonly returnOnAdSpend: number | undefined;
}

export const NO_FIGURES: Figures = {
  revenue: 0,
  refunds: 0,
  orders: 0,
  newCustomers: 0,
  sessions: 0,
  adSpend: 0,
  adRevenue: 0,
  impressions: 0,
  clicks: 0,
};

export const FIGURES: readonly (keyof Figures)[] = [
  'revenue',
  'refunds',
  'orders',
  'newCustomers',
  'sessions',
  'adSpend',
  'adRevenue',
  'impressions',
  'clicks',
];

export function sumFigures(days: readonly Figures[]): Figures {
  const sum: Record<keyof Figures, number> = { ...NO_FIGURES };
  for (const day of days) for (const figure of FIGURES) sum[figure] += day[figure];
  return sum;
}

export function ratiosOf({ revenue, orders, sessions, adRevenue, adSpend }: Figures): Ratios {
  return {
    averageOrderValue: orders > 0 ? Math.round(revenue / orders) : undefined,
    conversionRate: sessions > 0 ? orders / sessions : undefined,
    returnOnAdSpend: adSpend > 0 ? adRevenue / adSpend : undefined,
  };
}
