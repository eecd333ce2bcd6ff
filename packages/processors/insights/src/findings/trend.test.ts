import { expect, test } from 'vitest';
import { daysBefore, historyOf, metricOf, TODAY, wiggle } from '../fixtures/days.js';
import type { MetricDay } from '../ports.js';
import type { InsightPeriod } from '../queue.js';
import { findTrend } from './trend.js';

function trend(
  name: string,
  of: (age: number, day: string) => Partial<MetricDay>,
  period: InsightPeriod = '90d',
  count = 1_200,
) {
  const [found] = findTrend(metricOf(name, historyOf(daysBefore(TODAY, count, of), { period })));
  return found;
}

const noisy = (age: number, level: number) => Math.round(level * (1 + 0.15 * wiggle(age)));
/** From 10,000 by this part up to yesterday, in so many days. */
const rising = (age: number, days: number, by: number) => 10_000 * (1 + by * Math.max(0, 1 - age / days));
/** Half as much at weekends. */
const week = (day: string) => ([0, 6].includes(new Date(day).getUTCDay()) ? 0.5 : 1);
/** Up and down by half within a year. */
const year = (age: number) => 1 + 0.5 * Math.sin((2 * Math.PI * age) / 365.25);

test('tells of a direction, with its slope a day and the interval', () => {
  for (const [period, days] of [
    ['30d', 30],
    ['90d', 90],
    ['1y', 365],
  ] as const) {
    const found = trend('revenue', (age, day) => ({ revenue: noisy(age, rising(age, days, 0.4) * week(day)) }), period);
    expect(found).toMatchObject({
      kind: 'trend',
      topic: `trend:revenue:${period}`,
      impact: 'medium',
      evidence: { method: 'theil-sen', direction: 'up', unit: 'minor-units', window: { to: '2026-11-23' } },
    });
    const { change = 0, slope, value = 0, expected = 0 } = found?.evidence ?? {};
    expect(change).toBeGreaterThan(0.25);
    expect(change).toBeLessThan(0.55);
    expect(value / expected - 1).toBeCloseTo(change, 2);
    // The typical day has less than the mean of the week: 4,000 in so many days, of 10,000.
    expect((slope?.perDay ?? 0) * days).toBeGreaterThan(2_000);
    expect((slope?.perDay ?? 0) * days).toBeLessThan(6_000);
    expect(slope?.lower).toBeGreaterThan(0);
    expect(slope?.upper).toBeGreaterThan(slope?.perDay ?? 0);
  }
  expect(trend('sessions', (age) => ({ sessions: noisy(age, rising(age, 90, -0.3)) }))).toMatchObject({
    evidence: { direction: 'down', unit: 'count' },
  });
});

test('a direction that is small, or may be noise, is not told', () => {
  expect(trend('revenue', (age) => ({ revenue: noisy(age, rising(age, 90, 0.08)) }))).toBeUndefined();
  const rough = (age: number) => ({ revenue: Math.round(rising(age, 90, 0.12) * (1 + 0.9 * wiggle(age))) });
  expect(trend('revenue', rough)).toBeUndefined();
  for (const period of ['7d', '30d', '90d', '1y'] as const) {
    expect(trend('revenue', (age, day) => ({ revenue: noisy(age, 10_000 * week(day)) }), period)).toBeUndefined();
  }
});

test('a step is no trend: it is a level shift', () => {
  expect(trend('revenue', (age) => ({ revenue: noisy(age, age <= 45 ? 14_000 : 10_000) }))).toBeUndefined();
});

test('a season that comes each year is no trend, and one against the season is', () => {
  for (let shift = 0; shift < 365; shift += 60) {
    for (const period of ['30d', '90d', '1y'] as const) {
      expect(trend('revenue', (age) => ({ revenue: noisy(age, 10_000 * year(age + shift)) }), period)).toBeUndefined();
    }
  }
  // The season falls from 90 days ago on; this year it falls by much more.
  const worse = (age: number) => ({ revenue: noisy(age, rising(age, 90, -0.4) * year(age)) });
  expect(trend('revenue', worse)).toMatchObject({ evidence: { direction: 'down' } });
});

test('a ratio has a trend, and days that are not final have none', () => {
  const falling = (age: number) => ({ sessions: 10_000, orders: noisy(age, rising(age, 90, -0.4) / 50) });
  expect(trend('conversionRate', falling)).toMatchObject({ evidence: { unit: 'share', direction: 'down' } });
  expect(
    trend('conversionRate', (age) => ({ ...falling(age), uncertain: age <= 60 ? ['orders'] : [] })),
  ).toBeUndefined();
});

test('ugly figures are no crash, and never NaN', () => {
  const up = (age: number) => rising(age, 90, 0.6);
  for (const of of [
    () => ({}),
    () => ({ revenue: 5 }),
    (age: number) => ({ revenue: -noisy(age, up(age)) }),
    (age: number) => ({ revenue: noisy(age, up(age)) - 10_000 }),
    (age: number) => ({ revenue: noisy(age, up(age)) * 1e11 }),
    (age: number) => ({ revenue: age % 9 === 0 ? 1 : 0 }),
    (age: number) => ({ revenue: noisy(age, up(age)), currency: age % 3 === 0 ? 'USD' : 'EUR' }),
    (age: number) => ({ revenue: noisy(age, up(age)), uncertain: age % 60 > 35 ? ['revenue'] : [] }),
  ]) {
    for (const count of [0, 1, 30, 91, 400, 1_200]) {
      for (const period of ['7d', '30d', '90d', '1y'] as const) {
        const found = trend('revenue', of, period, count);
        expect(JSON.stringify({ ...found?.evidence, series: [] })).not.toMatch(/null/);
      }
    }
  }
});
