/** All that is found by what season, level and holidays let expect of each day. */
import type { Finding } from '../finding.js';
import { eventsOf } from './events.js';
import { findUnexpected } from './expected-range.js';
import { findHolidays } from './holiday.js';
import type { JudgedMetric } from './judged-metric.js';
import { ratesOf } from './rates.js';
import { findVariance } from './variance.js';

export function findByExpectation(metrics: readonly JudgedMetric[]): readonly Finding[] {
  const { days, shifts, share } = ratesOf(metrics);
  const found = metrics.flatMap((judged, order) => {
    const rates = { days: days[order] ?? new Float64Array(0), shifts: shifts[order] ?? [] };
    const events = eventsOf(judged, rates, metrics.length);
    return [...findUnexpected(judged, events, share), ...findVariance(judged, events, metrics.length, share)];
  });
  return [...found, ...findHolidays(metrics, share)];
}
