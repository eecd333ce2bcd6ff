/** Periods such as last month, as days. */
import { dayIn } from '@bizinsights/jobs-core';
import type { RelativePeriod, ReportPeriod } from './queue.js';

const DAY = 86_400_000;

/**
 * The days of a relative period, for a moment in a zone.
 *
 * @param at epoch ms
 */
export function resolvePeriod(period: RelativePeriod, timeZone: string, at: number): ReportPeriod {
  const today = new Date(dayIn(timeZone, at));
  const shift = (days: number) => toDay(today.getTime() + days * DAY);
  if (period === 'yesterday') return { from: shift(-1), to: shift(-1) };
  if (period === 'last-week') {
    // Monday is 0.
    const weekday = (today.getUTCDay() + 6) % 7;
    return { from: shift(-weekday - 7), to: shift(-weekday - 1) };
  }
  const [year, month] = [today.getUTCFullYear(), today.getUTCMonth()];
  return { from: toDay(Date.UTC(year, month - 1, 1)), to: toDay(Date.UTC(year, month, 0)) };
}

function toDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
