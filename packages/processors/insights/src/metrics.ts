/** The metrics that are judged, and what a day says of each. */
import type { InsightUnit } from './evidence.js';
import type { MetricCalendar, MetricDay } from './ports.js';

type Figure = Exclude<
  { [Name in keyof MetricDay]-?: MetricDay[Name] extends number ? Name : never }[keyof MetricDay],
  undefined
>;

/** One metric: a figure that adds up over days, or one figure divided by another. */
export interface Metric {
  readonly name: string;
  readonly unit: InsightUnit;
  readonly figure: Figure;
  readonly dividedBy?: Figure;
  /** For so many days after a day its figure still grows: that it is low until then says nothing. Default: 0. */
  readonly growsFor?: number;
}

export const METRICS: readonly Metric[] = [
  { name: 'revenue', unit: 'minor-units', figure: 'revenue' },
  // They count for the day of the sale.
  { name: 'refunds', unit: 'minor-units', figure: 'refunds', growsFor: 30 },
  { name: 'orders', unit: 'count', figure: 'orders' },
  {
    name: 'averageOrderValue',

    unit: 'minor-units',
    figure: 'revenue',
    dividedBy: 'orders',
  },
  { name: 'newCustomers', unit: 'count', figure: 'newCustomers' },
  { name: 'sessions', unit: 'count', figure: 'sessions' },
  { name: 'conversionRate', unit: 'share', figure: 'orders', dividedBy: 'sessions' },
  { name: 'adSpend', unit: 'minor-units', figure: 'adSpend' },
  { name: 'adRevenue', unit: 'minor-units', figure: 'adRevenue' },
  { name: 'returnOnAdSpend', unit: 'factor', figure: 'adRevenue', dividedBy: 'adSpend' },
  { name: 'impressions', unit: 'count', figure: 'impressions' },
  { name: 'clicks', unit: 'count', figure: 'clicks' },
];

const MONEY: ReadonlySet<Figure> = new Set(['revenue', 'refunds', 'adSpend', 'adRevenue']);

/** What a day says of a metric. */
export interface Point {
  readonly day: string;
  readonly amount: number;
  /** What the amount is divided by; 1 for what adds up. */
  readonly per: number;
  /** Undefined where it would be a division by zero. */
  readonly value: number | undefined;
  /** It is not final, or a part of it is missing: nothing is concluded from it. */
  readonly isUncertain: boolean;
}

/** The days of one metric, oldest first and without a gap. */
export function pointsOf(metric: Metric, days: readonly MetricDay[], { currency }: MetricCalendar): Point[] {
  const { figure, dividedBy } = metric;
  const figures = dividedBy === undefined ? [figure] : [figure, dividedBy];
  return days.map((day) => {
    const amount = day[figure];
    const per = dividedBy === undefined ? 1 : day[dividedBy];
    const value = dividedBy === undefined ? amount : divide(amount, per);
    return { day: day.day, amount, per, value, isUncertain: figures.some((one) => isUncertain(one, day, currency)) };
  });
}

/** What is larger, or no number, can't be squared: no figure of a business is. */
export const LARGEST = 1e150;

/** Money of a day that misses some, or is in another currency than the organization's, can't be compared. */
function isUncertain(figure: Figure, day: MetricDay, currency: string): boolean {
  if (!(Math.abs(day[figure]) <= LARGEST)) return true;
  if (MONEY.has(figure) && (day.isPartial || day.currency !== currency)) return true;
  return day.uncertain?.includes(figure) ?? (day.isProvisional || day.unknown.length > 0);
}

/** Undefined where there is nothing to divide by. */
export function divide(amount: number, per: number): number | undefined {
  return per > 0 ? amount / per : undefined;
}

/** How many decimals the figures of a unit are kept with: what is finer says nothing. */
const DECIMALS: Readonly<Record<InsightUnit, number>> = { 'minor-units': 0, count: 1, share: 6, factor: 4 };

export function rounded(unit: InsightUnit, value: number): number {
  const scale = 10 ** DECIMALS[unit];
  const result = Math.round(value * scale) / scale;
  // Beyond 1e15 the product is not exact, or infinite: there are no decimals to round there.
  if (!Number.isFinite(result)) return value;
  return result === 0 ? 0 : result;
}
