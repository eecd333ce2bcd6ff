import { expect, test } from 'vitest';
import { shoppingDays } from '../calendar/shopping-days.js';
import { daysBefore, historyOf, metricOf, TODAY, wiggle } from '../fixtures/days.js';
import type { MetricDay } from '../ports.js';
import { atOnce } from '../series/pieces.js';
import { findForecast } from './forecast.js';

function ahead(of: (age: number, day: string) => Partial<MetricDay>, count = 1_100, names = ['revenue', 'orders']) {
  const history = historyOf(daysBefore(TODAY, count, of));
  const [found, ...others] = atOnce(
    findForecast(
      names.map((name) => metricOf(name, history)),
      history,
    ),
  );
  expect(others).toEqual([]);
  return found;
}

const noisy = (age: number, level: number) => Math.round(level * (1 + 0.1 * wiggle(age)));
/** December has twice as much. `age` 1 is November 23. */
const year = (day: string) => (day.slice(5, 7) === '12' ? 2 : 1);

test('tells of the 28 days to come where they will differ, with each day and the interval of their sum', () => {
  const found = ahead((age, day) => ({ revenue: noisy(age, 10_000 * year(day)) }));
  expect(found).toMatchObject({
    kind: 'forecast',
    topic: 'forecast:revenue',
    impact: 'low',
    evidence: {
      method: 'forecast',
      unit: 'minor-units',
      currency: 'EUR',
      window: { from: '2026-11-24', to: '2026-12-21' },
      direction: 'up',
    },
  });
  const { value = 0, expected = 0, lower = 0, upper = 0, change = 0, ahead: days = [] } = found?.evidence ?? {};
  // 7 days of 10,000 and 21 of 20,000, after 28 of 10,000.
  expect(value / 490_000).toBeCloseTo(1, 0);
  expect(expected / 280_000).toBeCloseTo(1, 1);
  expect(value / expected - 1).toBeCloseTo(change, 4);
  expect(lower).toBeGreaterThan(expected);
  expect(upper).toBeGreaterThan(value);
  expect(days).toHaveLength(28);
  for (const day of days) {
    expect(day).toMatchObject({ value: null });
    expect(day.lower).toBeLessThanOrEqual(day.expected ?? 0);
    expect(day.upper).toBeGreaterThanOrEqual(day.expected ?? 0);
  }
  expect(days.reduce((sum, day) => sum + (day.expected ?? 0), 0)).toBeCloseTo(value, -2);
});

test('nothing is told where the next days will be as the last', () => {
  expect(ahead((age) => ({ revenue: noisy(age, 10_000) }))).toBeUndefined();
  expect(ahead(() => ({ revenue: 10_000 }))).toBeUndefined();
  expect(ahead((age) => ({ revenue: noisy(age, 10_000) }), 100)).toBeUndefined();
});

test('the most important metric that is known speaks for all', () => {
  const of = (age: number, day: string) => ({ orders: noisy(age, 100 * year(day)) });
  expect(ahead(of)).toMatchObject({ topic: 'forecast:orders' });
  expect(ahead(of, 1_100, ['sessions', 'orders'])).toMatchObject({ topic: 'forecast:orders' });
  expect(ahead((age, day) => ({ sessions: noisy(age, 100 * year(day)) }), 1_100, ['sessions'])).toBeUndefined();
});

test('a Black Friday that comes has what the earlier ones had', async () => {
  const asked = { from: '2024-11-01', to: '2026-12-21', locale: 'en', timeZone: 'Europe/Berlin' };
  const holidays = await shoppingDays().holidays(asked);
  const sales: Readonly<Record<string, number>> = {
    '2024-11-29': 8,
    '2025-11-28': 8,
    '2024-12-02': 4,
    '2025-12-01': 4,
  };
  const days = daysBefore(TODAY, 740, (age, day) => ({ revenue: noisy(age, 10_000 * (sales[day] ?? 1)) }));
  const [found, unaware] = [holidays, []].map((known) => {
    const history = historyOf(days, { holidays: known });
    return atOnce(findForecast([metricOf('revenue', history)], history))[0]?.evidence;
  });
  expect(unaware).toBeUndefined();
  expect(found?.direction).toBe('up');
  const on = (day: string) => found?.ahead?.find((one) => one.day === day)?.expected ?? 0;
  expect(on('2026-11-27') / 80_000).toBeCloseTo(1, 0);
  expect(on('2026-11-27')).toBeGreaterThan(70_000);
  expect(on('2026-11-30')).toBeGreaterThan(35_000);
  expect(on('2026-12-04') / 10_000).toBeCloseTo(1, 0);
  expect((found?.value ?? 0) / 380_000).toBeCloseTo(1, 1);
});

test('says nothing where the last days are unknown, and ugly figures are no crash', () => {
  const unknown = (age: number, day: string) => ({
    revenue: noisy(age, 10_000 * year(day)),
    uncertain: age < 3 ? ['revenue'] : [],
  });
  expect(ahead(unknown)).toBeUndefined();
  for (const of of [
    () => ({}),
    (age: number, day: string) => ({ revenue: -noisy(age, 10_000 * year(day)) }),
    (age: number, day: string) => ({ revenue: noisy(age, 1e15 * year(day)) }),
    (age: number) => ({ revenue: age % 20 === 0 ? 5_000 : 0 }),
    (age: number, day: string) => ({
      revenue: noisy(age, 9_000 * year(day)),
      uncertain: age % 90 > 60 ? ['revenue'] : [],
    }),
  ]) {
    for (const count of [0, 1, 60, 120, 700, 1_100]) {
      const found = ahead(of, count);
      expect(JSON.stringify({ ...found?.evidence, series: [] })).not.toMatch(/(?<!"value"):null/);
    }
  }
});
