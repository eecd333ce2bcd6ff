import { expect, it } from 'vitest';
import { addDays, countDays, dayIn, earliestOf, isTimeZone, latestOf } from './calendar-day.js';

it('a day is that of the zone', () => {
  const at = Date.UTC(2026, 10, 24, 23, 30);
  expect(dayIn('UTC', at)).toBe('2026-11-24');
  expect(dayIn('Europe/Berlin', at)).toBe('2026-11-25');
  expect(dayIn('America/Los_Angeles', Date.UTC(2026, 0, 1, 3))).toBe('2025-12-31');
});

it('days are counted across months, leap days and changes of the clock', () => {
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
  expect(addDays('2026-03-29', -1)).toBe('2026-03-28');
  expect(countDays('2026-10-01', '2026-10-31')).toBe(31);
  expect(countDays('2026-10-01', '2026-10-01')).toBe(1);
});

it('the first and the last of some', () => {
  expect(earliestOf('2026-11-02', '2026-10-31', '2027-01-01')).toBe('2026-10-31');
  expect(latestOf('2026-11-02', '2027-01-01', '2026-10-31')).toBe('2027-01-01');
});

it('zones', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true);
  expect(isTimeZone('Moon/Base')).toBe(false);
});
