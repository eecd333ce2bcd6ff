import { expect, test } from 'vitest';
import { shoppingDays } from '../calendar/shopping-days.js';
import { daysBefore, historyOf, metricOf, TODAY, wiggle } from '../fixtures/days.js';
import type { MetricDay, MetricTarget } from '../ports.js';
import { atOnce } from '../series/pieces.js';
import { findTargets } from './target.js';

/** From 24 days ago to 5 days from now: 29 days with the last. */
const MONTH = { from: '2026-10-31', to: '2026-11-28' };

function target(given: Partial<MetricTarget>, of: (age: number, day: string) => Partial<MetricDay>, count = 400) {
  const wanted: MetricTarget = { id: 't1', metric: 'revenue', window: MONTH, wanted: 0, ...given };
  const history = historyOf(daysBefore(TODAY, count, of), { targets: [wanted] });
  const names = ['revenue', 'adSpend', 'conversionRate'];
  const metrics = names.map((name) => metricOf(name, history));
  const [found, ...others] = atOnce(findTargets(metrics, history));
  expect(others).toEqual([]);
  return found;
}

const noisy = (age: number, level: number) => Math.round(level * (1 + 0.1 * wiggle(age)));
const revenue = (age: number) => ({ revenue: noisy(age, 10_000) });

test('the outlook is what there is and a forecast of the days that are left', () => {
  const found = target({ wanted: 250_000, name: 'November' }, revenue);
  const sum = daysBefore(TODAY, 24, revenue).reduce((total, day) => total + day.revenue, 0);
  expect(found).toMatchObject({
    kind: 'target',
    topic: 'target:t1',
    impact: 'low',
    evidence: {
      method: 'forecast',
      window: { from: '2026-10-31', to: '2026-11-23' },
      value: sum,
      expected: 250_000,
      target: { name: 'November', window: MONTH, wanted: 250_000, status: 'on-track' },
    },
  });
  const { outlook = 0, lower = 0, upper = 0 } = found?.evidence.target ?? {};
  expect(outlook / (sum + 50_000)).toBeCloseTo(1, 1);
  expect(lower).toBeLessThan(outlook);
  expect(lower).toBeGreaterThanOrEqual(sum);
  expect(upper).toBeGreaterThan(outlook);
  expect(found?.evidence.ahead).toHaveLength(5);
});

test('a target is met as soon as the sum is reached, at risk where the outlook is short of it', () => {
  expect(target({ wanted: 200_000 }, revenue)?.evidence.target?.status).toBe('met');
  expect(target({ wanted: 300_000 }, revenue)).toMatchObject({
    // Money beyond the interval, but not by 25 %.
    impact: 'low',
    evidence: { direction: 'down', target: { status: 'at-risk' } },
  });
  expect(target({ wanted: 500_000 }, revenue)).toMatchObject({
    impact: 'high',
    evidence: { target: { status: 'at-risk' } },
  });
});

test('when its days are over it is met or missed', () => {
  const window = { from: '2026-10-01', to: '2026-10-31' };
  expect(target({ window, wanted: 290_000 }, revenue)?.evidence.target?.status).toBe('met');
  const missed = target({ window, wanted: 400_000 }, revenue);
  expect(missed?.evidence.target?.status).toBe('missed');
  expect(missed?.evidence.target).toMatchObject({ outlook: missed?.evidence.value, lower: missed?.evidence.value });
  expect(missed?.evidence).not.toHaveProperty('ahead');
});

test('a target that shall not be exceeded is missed as soon as it is, and met at the end', () => {
  const spend = (age: number) => ({ adSpend: noisy(age, 10_000) });
  const most = { metric: 'adSpend', goal: 'most' } as const;
  expect(target({ ...most, wanted: 200_000 }, spend)?.evidence.target?.status).toBe('missed');
  expect(target({ ...most, wanted: 260_000 }, spend)?.evidence.target?.status).toBe('at-risk');
  expect(target({ ...most, wanted: 400_000 }, spend)?.evidence.target?.status).toBe('on-track');
  const over = { from: '2026-10-01', to: '2026-10-31' };
  expect(target({ ...most, window: over, wanted: 400_000 }, spend)?.evidence.target?.status).toBe('met');
});

test('a ratio is that of the sums, and not certain before the end', () => {
  // Many visits with few orders on some days.
  const of = (age: number) => ({
    sessions: age % 5 === 0 ? 10_000 : 1_000,
    orders: age % 5 === 0 ? 100 : noisy(age, 50),
  });
  const found = target({ metric: 'conversionRate', wanted: 0.015 }, of);
  const days = daysBefore(TODAY, 24, of);
  const total = (figure: 'orders' | 'sessions') => days.reduce((sum, day) => sum + day[figure], 0);
  expect(found?.evidence.value).toBeCloseTo(total('orders') / total('sessions'), 4);
  expect(found?.evidence.target?.status).toBe('on-track');
  expect(found?.evidence.target?.outlook).toBeCloseTo(0.0214, 2);
  expect(target({ metric: 'conversionRate', wanted: 0.03 }, of)?.evidence.target?.status).toBe('at-risk');
});

test('days that are not final are forecast, and conclude nothing', () => {
  const window = { from: '2026-10-26', to: '2026-11-22' };
  const of = (age: number) => ({ revenue: age <= 3 ? 0 : 10_000, uncertain: age <= 3 ? ['revenue'] : [] });
  const found = target({ window, wanted: 270_000 }, of);
  expect(found?.evidence).toMatchObject({ value: 260_000, target: { outlook: 280_000, status: 'on-track' } });
  expect(target({ window, wanted: 300_000 }, of)?.evidence.target?.status).toBe('at-risk');
});

test('one that has not begun, ended before the period, began before the history or ends in years is not judged', () => {
  for (const window of [
    { from: '2026-11-24', to: '2026-12-24' },
    { from: '2026-09-01', to: '2026-09-30' },
    { from: '2024-01-01', to: '2026-12-31' },
    { from: '2026-11-01', to: '2029-12-31' },
  ]) {
    expect(target({ window, wanted: 1 }, revenue)).toBeUndefined();
  }
  expect(target({ metric: 'clicks', wanted: 1 }, revenue)).toBeUndefined();
});

test('a year ahead has an outlook, with growth and seasons of the years before', () => {
  const window = { from: '2026-11-01', to: '2027-10-31' };
  const found = target({ window, wanted: 3_000_000 }, revenue, 1_100);
  expect(found?.evidence.target?.status).toBe('on-track');
  expect(found?.evidence.target?.lower).toBeGreaterThan(2_000_000);
});

test('holidays among the days that are left have what they had in earlier years', async () => {
  const asked = { from: '2024-11-01', to: '2026-12-21', locale: 'en', timeZone: 'Europe/Berlin' };
  const holidays = await shoppingDays().holidays(asked);
  const of = (age: number, day: string) => ({
    revenue: noisy(age, ['2024-11-29', '2025-11-28'].includes(day) ? 60_000 : 10_000),
  });
  const targets = [{ id: 't1', metric: 'revenue', window: MONTH, wanted: 320_000 }];
  const history = historyOf(daysBefore(TODAY, 740, of), { targets, holidays });
  const [found] = atOnce(findTargets([metricOf('revenue', history)], history));
  // 28 days and a Black Friday.
  expect((found?.evidence.target?.outlook ?? 0) / 340_000).toBeCloseTo(1, 1);
  expect(found?.evidence.target?.status).toBe('on-track');
});

test('ugly figures are no crash, and never NaN', () => {
  for (const of of [
    () => ({}),
    () => ({ revenue: 7 }),
    (age: number) => ({ revenue: -noisy(age, 10_000) }),
    (age: number) => ({ revenue: noisy(age, 1e15) }),
    (age: number) => ({ revenue: age % 50 === 0 ? Number.NaN : noisy(age, 1e300) }),
    (age: number) => ({ revenue: noisy(age, 900), uncertain: age % 30 > 20 ? ['revenue'] : [] }),
    (age: number) => ({ revenue: noisy(age, 900), currency: age % 2 === 0 ? 'USD' : 'EUR' }),
    (age: number) => ({ revenue: age < 20 ? noisy(age, 900) : 0 }),
  ]) {
    for (const count of [0, 1, 24, 40, 90, 400]) {
      for (const wanted of [0, -5, 1e15]) {
        const found = target({ wanted }, of, count);
        expect(JSON.stringify({ ...found?.evidence, series: [] })).not.toMatch(/(?<!"value"):null/);
      }
    }
  }
});
