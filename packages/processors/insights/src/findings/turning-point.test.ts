import { expect, test } from 'vitest';
import { daysBefore, historyOf, metricOf, TODAY, wiggle } from '../fixtures/days.js';
import type { MetricDay } from '../ports.js';
import type { InsightPeriod } from '../queue.js';
import { findTurningPoint } from './turning-point.js';

function turn(of: (age: number, day: string) => Partial<MetricDay>, period: InsightPeriod = '90d', count = 1_200) {
  const [found] = findTurningPoint(metricOf('revenue', historyOf(daysBefore(TODAY, count, of), { period })));
  return found;
}

const noisy = (age: number, level: number) => Math.round(level * (1 + 0.15 * wiggle(age)));
/** Up by this part until so many days ago, and down to where it was. */
const peak = (age: number, days: number, by: number) =>
  10_000 * (1 + by * Math.max(0, 1 - Math.abs(age - days / 2) / (days / 2)));
const year = (age: number) => 1 + 0.5 * Math.sin((2 * Math.PI * age) / 365.25);

test('tells of the day on which the direction has changed, and of what came since', () => {
  for (const [period, days, near] of [
    ['90d', 90, 10],
    ['1y', 364, 20],
  ] as const) {
    const found = turn((age) => ({ revenue: noisy(age, peak(age, days, 0.6)) }), period);
    expect(found).toMatchObject({
      kind: 'turning-point',
      topic: `turning-point:revenue:${period}`,
      impact: 'medium',
      evidence: { method: 'theil-sen', direction: 'down', window: { to: '2026-11-23' } },
    });
    const since = (Date.parse(TODAY) - Date.parse(found?.evidence.window.from ?? '')) / 86_400_000;
    expect(Math.abs(since - days / 2)).toBeLessThanOrEqual(near);
    expect(found?.evidence.change).toBeLessThan(-0.25);
    expect(found?.evidence.slope?.upper).toBeLessThan(0);
  }
});

test('one direction, a step, a small turn and noise are none', () => {
  expect(turn((age) => ({ revenue: noisy(age, 10_000 + 60 * Math.max(0, 90 - age)) }))).toBeUndefined();
  expect(turn((age) => ({ revenue: noisy(age, age <= 45 ? 15_000 : 10_000) }))).toBeUndefined();
  expect(turn((age) => ({ revenue: noisy(age, peak(age, 90, 0.08)) }))).toBeUndefined();
  for (const period of ['7d', '30d', '90d', '1y'] as const) {
    expect(turn((age) => ({ revenue: noisy(age, 10_000) }), period)).toBeUndefined();
  }
});

test('the turn of a season is none, and without earlier years nothing is said', () => {
  for (let shift = 0; shift < 365; shift += 30) {
    for (const period of ['90d', '1y'] as const) {
      expect(turn((age) => ({ revenue: noisy(age, 10_000 * year(age + shift)) }), period)).toBeUndefined();
    }
  }
  expect(turn((age) => ({ revenue: noisy(age, peak(age, 90, 0.6)) }), '90d', 200)).toBeUndefined();
});

test('ugly figures are no crash, and never NaN', () => {
  for (const of of [
    () => ({}),
    () => ({ revenue: 5 }),
    (age: number) => ({ revenue: -noisy(age, peak(age, 90, 0.6)) }),
    (age: number) => ({ revenue: noisy(age, peak(age, 90, 0.6)) - 12_000 }),
    (age: number) => ({ revenue: noisy(age, peak(age, 90, 0.6)) * 1e11 }),
    (age: number) => ({ revenue: noisy(age, peak(age, 90, 0.6)), uncertain: age % 60 > 35 ? ['revenue'] : [] }),
  ]) {
    for (const count of [0, 1, 91, 500, 1_200]) {
      for (const period of ['90d', '1y'] as const) {
        expect(JSON.stringify({ ...turn(of, period, count)?.evidence, series: [] })).not.toMatch(/null/);
      }
    }
  }
});
