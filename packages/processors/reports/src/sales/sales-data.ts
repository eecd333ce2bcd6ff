/** What the report `sales` is made from. Money in minor units of one currency. */
import type { ReportPeriod } from '../queue.js';

/** The figures of a day or of a period. Those that are undefined would be a division by zero. */
export interface SalesFigures {
  readonly revenue: number;
  readonly orders: number;
  readonly averageOrderValue: number | undefined;
  readonly newCustomers: number;
  readonly sessions: number;
  /** Orders by sessions: 0.02 is 2 %. */
  readonly conversionRate: number | undefined;
  readonly adSpend: number;
  /** Ad revenue by ad spend: 4 is 4 earned for each 1 spent. */
  readonly returnOnAdSpend: number | undefined;
}

/** What may be wrong with figures. */
export interface Certainty {
  /** They may still change by themselves. */
  readonly isProvisional: boolean;
  /** Some money is missing, as it is in a currency that could not be converted. */
  readonly isPartial: boolean;
}

export interface SalesTotal extends SalesFigures, Certainty {
  /** How many days are unknown of at least one integration. */
  readonly unknownDays: number;
}

export interface SalesDay extends SalesFigures, Certainty {
  /** `2026-11-24` */
  readonly day: string;
  /** Nothing is known of it of at least one integration: its zeros may be gaps. */
  readonly isUnknown: boolean;
}

export interface ProductSales {
  /** Undefined: items of which no product is known, such as shipping or a gift. */
  readonly name: string | undefined;
  readonly units: number;
  readonly orders: number;
  /** Price by quantity, before discounts, taxes and shipping. */
  readonly revenue: number;
}

export interface SalesData {
  /** ISO 4217 */
  readonly currency: string;
  readonly period: ReportPeriod;
  /** As many days, which end on the day before. */
  readonly before: ReportPeriod;
  readonly total: SalesTotal;
  readonly totalBefore: SalesTotal;
  /** Each day of the period. */
  readonly days: readonly SalesDay[];
  /** The one with the most revenue first. */
  readonly products: readonly ProductSales[];
}
