/**
 * Whether a forecast says something else than the one that was told. Each run forecasts the 28 days that are next, so two of a
 * month are about other days, and are compared with other days: neither a larger sum nor another direction says that the later
 * one disagrees. It does where, of the days that both are about, it is farther from what was told than both intervals reach.
 */
import type { InsightDays, InsightEvidence, InsightStatus } from '../evidence.js';
import { lengthOf } from './windows.js';

/** Of a forecast's evidence, what says how much of which days. Stores of hosts may have no days of what was told. */
type Forecasted = Pick<InsightEvidence, 'window' | 'value' | 'upper' | 'unit' | 'currency' | 'ahead'>;

/** `new`: the days that were told are over, or in another currency. */
export function forecastStatus(now: Forecasted, then: Forecasted): InsightStatus | 'unchanged' {
  const [, from = ''] = [now.window.from, then.window.from].toSorted();
  const [to = ''] = [now.window.to, then.window.to].toSorted();
  if (from > to || now.currency !== then.currency) return 'new';
  const [one, other] = [partOf(now, { from, to }), partOf(then, { from, to })];
  return Math.abs(one.value - other.value) > one.reach + other.reach ? 'changed' : 'unchanged';
}

/** What some of its days add up to, and how far from that they may be: the fewer days, the farther, in parts of their sum. */
function partOf({ window, value, upper = value, ahead }: Forecasted, days: InsightDays) {
  const part = lengthOf(days) / lengthOf(window);
  const sum = ahead
    ? ahead.reduce((total, { day, expected = 0 }) => (day >= days.from && day <= days.to ? total + expected : total), 0)
    : value * part;
  const share = value === 0 ? part : Math.abs(sum / value);
  return { value: sum, reach: ((upper - value) * share) / Math.sqrt(part) };
}
