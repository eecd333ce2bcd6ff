import { expect, test } from 'vitest';
import { resolvePeriod } from './relative-period.js';

test.each([
  ['yesterday', '2026-11-24T12:00:00Z', '2026-11-23', '2026-11-23'],
  // 23:30 in UTC is the next day in Berlin.
  ['yesterday', '2026-11-24T23:30:00Z', '2026-11-24', '2026-11-24'],
  ['yesterday', '2026-03-01T12:00:00Z', '2026-02-28', '2026-02-28'],
  ['last-week', '2026-11-23T07:00:00Z', '2026-11-16', '2026-11-22'],
  ['last-week', '2026-11-29T07:00:00Z', '2026-11-16', '2026-11-22'],
  ['last-month', '2026-11-01T07:00:00Z', '2026-10-01', '2026-10-31'],
  ['last-month', '2026-01-31T07:00:00Z', '2025-12-01', '2025-12-31'],
  ['last-month', '2026-02-28T23:30:00Z', '2026-02-01', '2026-02-28'],
] as const)('%s at %s is from %s to %s', (period, at, from, to) => {
  expect(resolvePeriod(period, 'Europe/Berlin', Date.parse(at))).toEqual({ from, to });
});
