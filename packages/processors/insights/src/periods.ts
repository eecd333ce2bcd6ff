/** The days of a period, and how often it is looked at. */
import type { InsightPeriod } from './queue.js';

const DAY = 86_400_000;

/** How many days a period has. */
export const PERIOD_DAYS: Readonly<Record<InsightPeriod, number>> = { '7d': 7, '30d': 30, '90d': 90, '1y': 365 };

/** So many days later, or earlier: `('2026-11-24', -1)` is `2026-11-23`. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
}

/** Insights of an organization and period are made once in so many ms, unless forced. */
export const KEPT_FREE = 3_600_000;
