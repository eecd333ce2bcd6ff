import { expect, test } from 'vitest';
import { CALENDAR, daysBefore, historyOf, metricOf, TODAY } from '../fixtures/days.js';
import type { MetricDay } from '../ports.js';
import { findMilestone } from './milestone.js';

function milestone(name: string, of: (age: number) => Partial<MetricDay>, count = 800, currency = 'EUR') {
  const days = daysBefore(TODAY, count, (age) => ({ currency, ...of(age) }));
  const [found] = findMilestone([metricOf(name, historyOf(days, { calendar: { ...CALENDAR, currency } }))]);
  return found;
}

const since = (begin: number, value: number) => (age: number) => ({ orders: age <= begin ? value : 0 });

test('tells of a round sum that was reached in the period, its day and since when', () => {
  // 10 a day for 510 days: 5,000 on the 500th, which is 11 days ago.
  expect(milestone('orders', since(510, 10))).toMatchObject({
    kind: 'milestone',
    topic: 'milestone:orders:5000',
    impact: 'low',
    evidence: {
      unit: 'count',
      window: { from: '2026-11-13', to: '2026-11-13' },
      value: 5_000,
      expected: 5_000,
      milestone: { reached: 5_000, since: '2025-07-02' },
    },
  });
  // It was reached before the period.
  expect(milestone('orders', since(600, 10))).toBeUndefined();
});

test('of several the largest is told', () => {
  expect(milestone('orders', since(25, 100))).toMatchObject({ topic: 'milestone:orders:2000' });
});

test('of several metrics the one that has come the furthest is reported', () => {
  // 20,000 orders are 200 times the first that counts, and 50,000 euros 50 times.
  const days = daysBefore(TODAY, 800, (age) =>
    age <= 25 ? { orders: 1_000, revenue: 2_500_00, newCustomers: 10 } : {},
  );
  const history = historyOf(days);
  const metrics = ['revenue', 'newCustomers', 'orders'].map((name) => metricOf(name, history));
  expect(findMilestone(metrics).map(({ topic }) => topic)).toEqual(['milestone:orders:20000']);
});

test('money is counted in whole units of its currency', () => {
  const revenue = (age: number) => ({ revenue: age <= 510 ? 10_00 : 0 });
  expect(milestone('revenue', revenue)).toMatchObject({
    topic: 'milestone:revenue:500000',
    evidence: { unit: 'minor-units', currency: 'EUR', milestone: { reached: 500_000 } },
  });
  expect(milestone('revenue', revenue, 800, 'JPY')).toMatchObject({ evidence: { milestone: { reached: 500_000 } } });
  // Three decimals: 510 dinars are not round enough.
  expect(milestone('revenue', revenue, 800, 'KWD')).toBeUndefined();
});

test('says nothing where the history begins in the middle, or much of it is unknown', () => {
  expect(milestone('orders', () => ({ orders: 10 }), 510)).toBeUndefined();
  const gaps = (age: number) => ({ ...since(510, 10)(age), uncertain: age > 300 && age < 400 ? ['orders'] : [] });
  expect(milestone('orders', gaps)).toBeUndefined();
});

test('counts neither sessions nor ratios, and nothing small', () => {
  expect(milestone('sessions', (age) => ({ sessions: age <= 510 ? 10 : 0 }))).toBeUndefined();
  expect(milestone('averageOrderValue', (age) => ({ revenue: age <= 510 ? 10 : 0, orders: 1 }))).toBeUndefined();
  expect(milestone('orders', since(5, 10))).toBeUndefined();
});

test('what was given back since is not reached any more, and ugly figures are no crash', () => {
  const back = (age: number) => ({ revenue: age <= 510 ? (age <= 3 ? -50_000 : 1_000) : 0 });
  expect(milestone('revenue', back)).toBeUndefined();
  for (const value of [0, -5, 1e15, 0.1]) {
    for (const count of [0, 1, 20, 800]) {
      const found = milestone('orders', since(510, value), count);
      expect(JSON.stringify(found) ?? '').not.toMatch(/null/);
    }
  }
});
