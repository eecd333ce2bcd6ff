/** All that is found by what season, level and holidays let expect of each day. */
import type { Pieces } from '../../series/pieces.js';
import type { Finding } from '../finding.js';
import { eventsOf } from './events.js';
import { findUnexpected } from './expected-range.js';
import { findHolidays } from './holiday.js';
import type { JudgedMetric } from './judged-metric.js';
import { ratesOf } from './rates.js';
import { findVariance } from './variance.js';

/** In pieces of one kind of work on one metric. */
export function* findByExpectation(metrics: readonly JudgedMetric[]): Pieces<readonly Finding[]> {
  const { days, shifts, share } = yield* ratesOf(metrics);
  const found: Finding[] = [];
  for (const [order, judged] of metrics.entries()) {
    const rates = { days: days[order] ?? new Float64Array(0), shifts: shifts[order] ?? [] };
    yield;
    const events = eventsOf(judged, rates, metrics.length);
    yield;
    found.push(...findUnexpected(judged, events, share));
    yield;
    found.push(...findVariance(judged, events, metrics.length, share));
  }
  yield;
  return [...found, ...findHolidays(metrics, share)];
}
