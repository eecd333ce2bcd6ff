/** All that is found by what season, level and holidays let expect of each day. */
import type { Finding } from '../finding.js';
import { findUnexpected } from './expected-range.js';
import { findHolidays } from './holiday.js';
import type { JudgedMetric } from './judged-metric.js';
import { ratesOf } from './rates.js';
import { findVariance } from './variance.js';

export function findByExpectation(metrics: readonly JudgedMetric[]): readonly Finding[] {
  const rates = ratesOf(metrics);
  return [...findUnexpected(metrics, rates), ...findHolidays(metrics), ...findVariance(metrics, rates.share)];
}
