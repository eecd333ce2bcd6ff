import { expect, test } from 'vitest';
import { daysBefore, historyOf, metricOf, TODAY, wiggle } from '../fixtures/days.js';
import type { MetricDay } from '../ports.js';
import { atOnce } from '../series/pieces.js';
import { findSeasons } from './season.js';
import { weekdayOf } from './typical-day.js';

function seasons(of: (age: number, day: string) => Partial<MetricDay>, count = 800, names = ['revenue', 'orders']) {
  const history = historyOf(daysBefore(TODAY, count, of));
  return atOnce(findSeasons(names.map((name) => metricOf(name, history))));
}

const noisy = (age: number, level: number) => Math.round(level * (1 + 0.1 * wiggle(age)));
/** Friday has 40 % more than the other days, Sunday 30 % less. */
const week = (day: string) => ({ 5: 1.4, 0: 0.7 })[weekdayOf(day)] ?? 1;
/** December has three times as much. */
const year = (day: string) => (day.slice(5, 7) === '12' ? 3 : 1);

test('tells of the highest and lowest weekday, with their factors', () => {
  const [found, ...others] = seasons((age, day) => ({ revenue: noisy(age, 10_000 * week(day)) }));
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    kind: 'season',
    topic: 'season:revenue:week',
    impact: 'low',
    evidence: { method: 'seasonal-pattern', season: { of: 'week', high: { at: 5 }, low: { at: 0 } } },
  });
  expect(found?.evidence.season?.high.factor).toBeCloseTo(1.4 / (7.1 / 7), 1);
  expect(found?.evidence.season?.low.factor).toBeCloseTo(0.7 / (7.1 / 7), 1);
  expect(found?.evidence.window.from).toBe('2025-11-25');
});

test('tells of the highest month of at least two years, with growth beside it', () => {
  const of = (age: number, day: string) => ({ revenue: noisy(age, (10_000 + 5 * (1_100 - age)) * year(day)) });
  expect(seasons(of, 1_100)).toMatchObject([
    { topic: 'season:revenue:year', evidence: { season: { of: 'year', high: { at: 12 } } } },
  ]);
  expect(seasons(of, 700)).toEqual([]);
});

test('a weak pattern, one that was there once, and none are not told', () => {
  expect(seasons((age, day) => ({ revenue: noisy(age, 10_000 * week(day) ** 0.2) }))).toEqual([]);
  expect(seasons((age) => ({ revenue: noisy(age, 10_000) }), 1_100)).toEqual([]);
  // A good December of the last year alone, and weeks of the last month alone.
  expect(seasons((age, day) => ({ revenue: noisy(age, 10_000 * (age < 365 ? year(day) : 1)) }), 1_100)).toEqual([]);
  expect(seasons((age, day) => ({ revenue: noisy(age, 10_000 * (age < 30 ? week(day) : 1)) }))).toEqual([]);
});

test('the first leading metric that is known speaks for all', () => {
  const of = (age: number, day: string) => ({ orders: noisy(age, 100 * week(day)) });
  expect(seasons(of)).toMatchObject([{ topic: 'season:orders:week' }]);
  expect(seasons((age, day) => ({ ...of(age, day), revenue: noisy(age, 10_000) }))).toEqual([]);
});

test('ugly figures are no crash', () => {
  for (const of of [
    () => ({}),
    () => ({ revenue: 700 }),
    (age: number) => ({ revenue: -noisy(age, 500) }),
    (age: number, day: string) => ({ revenue: noisy(age, 1e15 * week(day)) }),
    (age: number, day: string) => ({
      revenue: noisy(age, 900 * week(day)),
      uncertain: age % 60 < 40 ? ['revenue'] : [],
    }),
  ]) {
    for (const count of [0, 1, 100, 800]) {
      expect(JSON.stringify(seasons(of, count))).not.toMatch(/"(?:value|expected|factor|change)":null/);
    }
  }
});
