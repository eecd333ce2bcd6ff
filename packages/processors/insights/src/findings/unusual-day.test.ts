import { expect, test } from 'vitest';
import { daysBefore, historyOf, metricOf, TODAY, wiggle } from '../fixtures/days.js';
import type { MetricDay } from '../ports.js';
import type { InsightPeriod } from '../queue.js';
import { findUnusualDays } from './unusual-day.js';

function unusual(
  name: string,
  of: (age: number, day: string) => Partial<MetricDay>,
  count = 400,
  period: InsightPeriod = '30d',
) {
  return findUnusualDays(metricOf(name, historyOf(daysBefore(TODAY, count, of), { period })));
}

/** Sells half at weekends, and goes up and down by itself. */
function revenueOf(age: number, day: string): number {
  const isWeekend = [0, 6].includes(new Date(day).getUTCDay());
  return Math.round((isWeekend ? 5_000 : 10_000) * (1 + 0.1 * wiggle(age)));
}

test('finds a day that is far from the median of the same weekdays before it, with the evidence', () => {
  // 2026-11-17, a Tuesday.
  const found = unusual('revenue', (age, day) => ({ revenue: age === 7 ? 3_000 : revenueOf(age, day) }));
  expect(found).toMatchObject([
    {
      kind: 'unusual-day',
      impact: 'high',
      evidence: {
        method: 'weekday-median',
        unit: 'minor-units',
        currency: 'EUR',
        window: { from: '2026-11-17', to: '2026-11-17' },
        value: 3_000,
        direction: 'down',
        weekdays: { count: 12 },
      },
    },
  ]);
  const [{ evidence } = { evidence: undefined }] = found;
  expect(evidence?.expected).toBeGreaterThan(9_000);
  expect(evidence?.expected).toBeLessThan(11_000);
  expect(evidence?.weekdays?.median).toBe(evidence?.expected);
  expect(evidence?.weekdays?.mad).toBeGreaterThan(0);
  expect(evidence?.score).toBeLessThan(-3.5);
  expect(evidence?.series).toContainEqual({ day: '2026-11-17', value: 3_000 });
  // Twelve weeks before it, and what came after it.
  expect(evidence?.series).toHaveLength(12 * 7 + 7);
});

test('a weekend is compared with weekends', () => {
  expect(unusual('revenue', (age, day) => ({ revenue: revenueOf(age, day) }))).toEqual([]);
  // 2026-11-15, a Sunday, sells as much as a weekday.
  const found = unusual('revenue', (age, day) => ({ revenue: age === 9 ? 10_000 : revenueOf(age, day) }));
  expect(found.map(({ evidence }) => [evidence.window.from, evidence.direction])).toEqual([['2026-11-15', 'up']]);
});

test('one odd day neither hides the next nor makes others odd', () => {
  const found = unusual('revenue', (age, day) => ({
    revenue: age === 14 ? 90_000 : age === 7 ? 30_000 : revenueOf(age, day),
  }));
  expect(found.map(({ evidence }) => evidence.window.from)).toEqual(['2026-11-10', '2026-11-17']);
});

test('judges a day by what was before it: later days and other periods give the same evidence', () => {
  const of = (age: number, day: string) => ({ revenue: day === '2026-11-10' ? 40_000 : revenueOf(age, day) });
  const [month, quarter] = (['30d', '90d'] as const).map(
    (period) => unusual('revenue', of, undefined, period)[0]?.evidence,
  );
  expect(quarter).toEqual(month);
});

test('a constant series has none, and one that was constant may move a little', () => {
  for (const value of [0, 1, 500, -500, 1e15]) expect(unusual('revenue', () => ({ revenue: value }))).toEqual([]);
  expect(unusual('revenue', (age) => ({ revenue: age === 5 ? 540 : 500 }))).toEqual([]);
  const [found] = unusual('revenue', (age) => ({ revenue: age === 5 ? 1_000 : 500 }));
  expect(found?.evidence).toMatchObject({ change: 1, weekdays: { mad: 0, median: 500 } });
});

test('counts near zero go up and down by themselves', () => {
  const few = (age: number) => Math.max(0, Math.round(1 + 1.4 * wiggle(age)));
  expect(unusual('orders', (age) => ({ orders: few(age) }))).toEqual([]);
  expect(unusual('orders', (age) => ({ orders: age === 5 ? 30 : few(age) }))).toHaveLength(1);
});

test('gives no percentage where the median is 0', () => {
  const [found] = unusual('orders', (age) => ({ orders: age === 5 ? 40 : age === 100 ? 1 : 0 }));
  expect(found).toMatchObject({ impact: 'medium', evidence: { expected: 0, value: 40 } });
  expect(found?.evidence).not.toHaveProperty('change');
});

test('judges neither by days that are not final, nor such days themselves', () => {
  const outage = (age: number, day: string) => {
    const isOut = age <= 3 || (age > 20 && age < 40);
    return { revenue: isOut ? 0 : revenueOf(age, day), uncertain: isOut ? ['revenue'] : [] };
  };
  expect(unusual('revenue', outage)).toEqual([]);
  const [found] = unusual('revenue', (age, day) => ({ ...outage(age, day), ...(age === 7 ? { revenue: 2_000 } : {}) }));
  expect(found?.evidence).toMatchObject({ window: { from: '2026-11-17' }, weekdays: { count: 9 } });
  expect(found?.evidence.series).toContainEqual({ day: '2026-11-03', value: null });
});

test('needs four weekdays, and takes the time before the first figure for none', () => {
  const young = (weeks: number) => (age: number) => ({ revenue: age > weeks * 7 + 1 ? 0 : age === 1 ? 90_000 : 5_000 });
  expect(unusual('revenue', young(3))).toEqual([]);
  expect(unusual('revenue', young(4))).toMatchObject([{ evidence: { weekdays: { count: 4 } } }]);
  for (const count of [0, 1, 20]) expect(unusual('revenue', (age) => ({ revenue: age * 1_000 }), count)).toEqual([]);
});

test('tells of the five furthest at most, the furthest first', () => {
  const odd = (age: number) => age <= 56 && age % 8 === 0;
  const of = (age: number, day: string) => ({ revenue: odd(age) ? 20_000 + 1_000 * age : revenueOf(age, day) });
  const found = unusual('revenue', of, undefined, '90d');
  expect(found).toHaveLength(5);
  const scores = found.map(({ evidence }) => Math.abs(evidence.score ?? 0));
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
});

test('of days that follow each other in one direction the first is told, whenever the period begins', () => {
  const fallen = (age: number, day: string) => ({ revenue: age <= 33 ? 1_000 : revenueOf(age, day) });
  expect(unusual('revenue', fallen, undefined, '30d')).toEqual([]);
  const found = unusual('revenue', fallen, undefined, '90d');
  expect(found.map(({ evidence }) => evidence.window.from)).toEqual(['2026-10-22']);
});

test('ratios of days without a denominator are unknown', () => {
  const found = unusual('conversionRate', (age) => ({
    orders: age === 5 ? 60 : 20,
    sessions: age % 10 === 0 ? 0 : 1_000,
  }));
  expect(found).toMatchObject([{ impact: 'medium', evidence: { unit: 'share', value: 0.06, expected: 0.02 } }]);
  expect(JSON.stringify(found)).not.toContain('NaN');
});
