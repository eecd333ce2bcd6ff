/** All that is found by what season, level and holidays let expect of each day. */
import type { Finding } from '../finding.js';
import { eventsOf } from './events.js';
import { findUnexpected } from './expected-range.js';
import { findHolidays } from './holiday.js';
import type { JudgedMetric } from './judged-metric.js';
import { ratesOf } from './rates.js';
import { findVariance } from './variance.js';

/** In pieces of a metric's work. */
export function* findByExpectation(metrics: readonly JudgedMetric[]): Generator<readonly Finding[]> {
  const { days, shifts, share } = ratesOf(metrics);
  for (const [order, judged] of metrics.entries()) {
    const rates = { days: days[order] ?? new Float64Array(0), shifts: shifts[order] ?? [] };
    const events = eventsOf(judged, rates, metrics.length);
    yield [...findUnexpected(judged, events, share), ...findVariance(judged, events, metrics.length, share)];
  }
  yield findHolidays(metrics, share);
}
