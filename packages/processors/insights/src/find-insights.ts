/** All findings of an organization's days, the most important first. */
import { daysForChange, findChange } from './findings/change.js';
import type { Finding } from './findings/finding.js';
import { daysForUnusualDays, findUnusualDays } from './findings/unusual-day.js';
import { type Metric, pointsOf } from './metrics.js';
import { addDays, PERIOD_DAYS } from './periods.js';
import type { InsightImpact, MetricCalendar, MetricDay } from './ports.js';
import type { InsightPeriod } from './queue.js';

/** What is looked at: the last whole day is the last one. */
export function daysToRead(period: InsightPeriod, { today }: MetricCalendar): { from: string; to: string } {
  const length = PERIOD_DAYS[period];
  const days = Math.max(daysForChange(length), daysForUnusualDays(length));
  return { from: addDays(today, -days), to: addDays(today, -1) };
}

const ORDER: Readonly<Record<InsightImpact, number>> = { high: 0, medium: 1, low: 2 };

/** @param days those of `daysToRead`, each one */
export function findInsights(
  metrics: readonly Metric[],
  days: readonly MetricDay[],
  period: InsightPeriod,
  calendar: MetricCalendar,
): Finding[] {
  const length = PERIOD_DAYS[period];
  return metrics
    .flatMap((metric) => {
      const points = pointsOf(metric, days, calendar);
      const change = findChange(metric, points, length, calendar);
      return [...(change ? [change] : []), ...findUnusualDays(metric, points, length, calendar)];
    })
    .toSorted((a, b) => ORDER[a.impact] - ORDER[b.impact]);
}
