import { expect, test } from 'vitest';
import { daysBefore, historyOf, metricOf, TODAY, wiggle } from '../fixtures/days.js';
import type { MetricDay } from '../ports.js';
import type { InsightPeriod } from '../queue.js';
import { atOnce } from '../series/pieces.js';
import { findChanges } from './change.js';

/** What is found of a metric in the last 30 days, or another period. */
function change(name: string, of: (age: number, day: string) => Partial<MetricDay>, period: InsightPeriod = '30d') {
  return changeIn(name, daysBefore(TODAY, 800, of), period);
}

function changeIn(name: string, days: readonly MetricDay[], period: InsightPeriod = '30d') {
  const [found] = atOnce(findChanges([metricOf(name, historyOf(days, { period }))]));
  return found;
}

const noisy = (age: number, level: number) => Math.round(level * (1 + 0.3 * wiggle(age)));

test('compares the total of the period with that of the equal period before, up to the last whole day', () => {
  const found = change('revenue', (age) => ({ revenue: age <= 30 ? 6_000 : 10_000 }));
  expect(found).toMatchObject({
    kind: 'change',
    impact: 'high',
    evidence: {
      unit: 'minor-units',
      currency: 'EUR',
      window: { from: '2026-10-25', to: '2026-11-23' },
      before: { from: '2026-09-25', to: '2026-10-24' },
      value: 180_000,
      expected: 300_000,
      change: -0.4,
      direction: 'down',
      days: { compared: 30, left: 0 },
    },
  });
  expect(found?.evidence.series).toHaveLength(60);
});

test('tells of a change beyond the noise of the days, and not of one within it', () => {
  expect(change('revenue', (age) => ({ revenue: noisy(age, age <= 30 ? 7_000 : 10_000) }))).toMatchObject({
    impact: 'high',
  });
  expect(change('revenue', (age) => ({ revenue: noisy(age, age <= 30 ? 9_700 : 10_000) }))).toBeUndefined();
  expect(change('revenue', (age) => ({ revenue: noisy(age, 10_000) }))).toBeUndefined();
});

test('tells of no change that may be noise, however large', () => {
  const rare = (age: number) => ({ revenue: [3, 20, 28, 45].includes(age) ? 50_000 : 0 });
  expect(change('revenue', rare)).toBeUndefined();
});

test('where too little is known for the noise, a change of 25 % is told, with low impact', () => {
  const young = (count: number, now: number) =>
    changeIn(
      'revenue',
      daysBefore(TODAY, count, (age) => ({ revenue: age <= 7 ? now : 10_000 })),
      '7d',
    );
  expect(young(14, 7_000)).toMatchObject({ impact: 'low', evidence: { change: -0.3 } });
  expect(young(14, 7_000)?.evidence).not.toHaveProperty('p');
  expect(young(14, 8_000)).toBeUndefined();
});

test('has the same weekdays a year before, day by day', () => {
  const found = change('revenue', (age) => ({ revenue: age <= 30 ? 6_000 : age <= 364 ? 10_000 : 8_000 }));
  expect(found?.evidence).toMatchObject({
    change: -0.4,
    yearBefore: { from: '2025-10-26', to: '2025-11-24', value: 30 * 8_000, change: -0.25 },
  });
  // Half of these days have to be known.
  const since = (age: number) => change('revenue', (own) => ({ revenue: own <= 30 ? 6_000 : own > age ? 0 : 10_000 }));
  expect(since(364 + 14)?.evidence).not.toHaveProperty('yearBefore');
  expect(since(364 + 15)?.evidence).toMatchObject({ yearBefore: { value: 15 * 10_000, change: -0.4 } });
});

test('a change that the same weeks had a year ago is none, and one against the season is', () => {
  /** Twice as much in the last 30 days of each year, with growth and noise. */
  const december = (age: number, now: number) =>
    noisy(age, (age % 364 <= 30 && age % 364 > 0 ? now : 10_000) * (1 + (800 - age) / 2_000));
  expect(change('revenue', (age) => ({ revenue: december(age, 20_000) }))).toBeUndefined();
  const fallen = (age: number) => ({ revenue: december(age, age <= 30 ? 4_000 : 20_000) });
  expect(change('revenue', fallen)).toMatchObject({ impact: 'high', evidence: { direction: 'down' } });
  // Without the year before it is a change.
  expect(
    changeIn(
      'revenue',
      daysBefore(TODAY, 200, (age) => ({ revenue: december(age, 20_000) })),
    ),
  ).toBeDefined();
});

test('a few days that a spike has made are no change of the period', () => {
  const spiked = (age: number) => ({ revenue: noisy(age, age === 10 || age === 11 ? 120_000 : 10_000) });
  expect(change('revenue', spiked)).toBeUndefined();
});

test('noise whose neighbours go together makes a change less certain', () => {
  // The same noise, as it comes and in waves of four weeks.
  const waves = (age: number) => Math.round(10_000 * (1 + 0.25 * Math.sin(age / 4.5) + 0.05 * wiggle(age)));
  expect(change('revenue', (age) => ({ revenue: waves(age) }), '7d')).toBeUndefined();
});

test('p is of all metrics that were looked at: one of many is less certain than one alone', () => {
  const of = (age: number) => ({ revenue: noisy(age, age <= 30 ? 7_900 : 10_000), orders: noisy(age + 900, 1_000) });
  const history = historyOf(daysBefore(TODAY, 300, of));
  const [alone] = atOnce(findChanges([metricOf('revenue', history)]));
  const together = atOnce(
    findChanges(['revenue', 'orders', 'averageOrderValue'].map((name) => metricOf(name, history))),
  );
  const [one] = together.filter(({ metric }) => metric.name === 'revenue');
  expect(alone?.evidence.p).toBeGreaterThan(0);
  expect(one?.evidence.p).toBeGreaterThan(alone?.evidence.p ?? 1);
});

test('a metric without money is never of high impact', () => {
  expect(change('sessions', (age) => ({ sessions: age <= 30 ? 100 : 1_000 }))).toMatchObject({ impact: 'medium' });
});

test('takes ratios from the sums of the periods, not from the mean of the days', () => {
  // A day with one session and one order must not count as much as one with a thousand sessions.
  const found = change('conversionRate', (age) =>
    age % 2 === 0 ? { sessions: 1, orders: 1 } : { sessions: 1_000, orders: age <= 30 ? 10 : 20 },
  );
  expect(found?.evidence.value).toBeCloseTo((15 * 10 + 15) / (15 * 1_000 + 15), 5);
  expect(found?.evidence.expected).toBeCloseTo((15 * 20 + 15) / (15 * 1_000 + 15), 5);
  expect(found).toMatchObject({ impact: 'medium', evidence: { unit: 'share', direction: 'down' } });
});

test('an average order value is whole minor units', () => {
  const found = change('averageOrderValue', (age) => ({ revenue: age <= 30 ? 10_000 : 5_000, orders: 3 }));
  expect(found?.evidence).toMatchObject({ unit: 'minor-units', value: 3_333, expected: 1_667 });
});

test('leaves out days that are not final on both sides, and says how many', () => {
  // An outage of three days is no drop.
  const found = change('revenue', (age) => ({
    revenue: age <= 3 ? 0 : 10_000,
    uncertain: age <= 3 ? ['revenue'] : [],
  }));
  expect(found).toBeUndefined();
  const half = change('revenue', (age) => ({
    revenue: age <= 3 ? 0 : age <= 30 ? 5_000 : 10_000,
    uncertain: age <= 3 ? ['revenue'] : [],
  }));
  expect(half).toMatchObject({
    evidence: { value: 27 * 5_000, expected: 27 * 10_000, days: { compared: 27, left: 3 }, change: -0.5 },
  });
  expect(half?.evidence.series.slice(-3)).toEqual([
    { day: '2026-11-21', value: null },
    { day: '2026-11-22', value: null },
    { day: '2026-11-23', value: null },
  ]);
});

test('concludes nothing where less than half of the days can be compared', () => {
  const of = (known: number) => (age: number) => ({
    revenue: age <= 30 ? 1_000 : 10_000,
    uncertain: age <= 30 && age > known ? ['revenue'] : [],
  });
  expect(change('revenue', of(14))).toBeUndefined();
  expect(change('revenue', of(15))).toMatchObject({ evidence: { days: { compared: 15, left: 15 } } });
});

test('what one integration does not know says nothing of what others bring', () => {
  const of = (age: number) => ({
    isProvisional: age <= 28,
    unknown: ['ads'],
    uncertain: ['adSpend', 'adRevenue'],
    revenue: age <= 30 ? 5_000 : 10_000,
    adSpend: age <= 30 ? 5_000 : 10_000,
  });
  expect(change('revenue', of)).toMatchObject({ evidence: { change: -0.5 } });
  expect(change('adSpend', of)).toBeUndefined();
  // A source that does not say which: all of them.
  const silent = (age: number) => {
    const { uncertain: _, ...rest } = { ...of(age), unknown: [] };
    return rest;
  };
  const days = daysBefore(TODAY, 91, silent).map(({ uncertain: _, ...day }) => day);
  expect(changeIn('revenue', days)).toBeUndefined();
});

test('money of days that miss some, or are in another currency, is not compared', () => {
  const fall = (age: number) => (age <= 30 ? 1_000 : 10_000);
  expect(change('revenue', (age) => ({ revenue: fall(age), isPartial: age <= 30 }))).toBeUndefined();
  expect(change('revenue', (age) => ({ revenue: fall(age), currency: age <= 30 ? 'EUR' : 'USD' }))).toBeUndefined();
  expect(change('orders', (age) => ({ orders: fall(age), isPartial: true, currency: 'USD' }))).toBeDefined();
});

test('gives no percentage where the period before has nothing', () => {
  const found = change('refunds', (age) => ({ refunds: age <= 30 ? 100 : 0 }));
  expect(found).toMatchObject({ impact: 'medium', evidence: { value: 3_000, expected: 0, direction: 'up' } });
  expect(found?.evidence).not.toHaveProperty('change');
});

test('finds nothing in nothing, in one day, in one value for ever, and in a ratio without a denominator', () => {
  expect(change('revenue', () => ({}))).toBeUndefined();
  expect(change('revenue', () => ({ revenue: 500 }))).toBeUndefined();
  expect(change('conversionRate', () => ({ orders: 5 }))).toBeUndefined();
  for (const count of [0, 1, 59]) {
    expect(
      changeIn(
        'revenue',
        daysBefore(TODAY, count, (age) => ({ revenue: age })),
      ),
    ).toBeUndefined();
  }
});

test('is never NaN: negative, huge and fractional figures', () => {
  for (const [now, before] of [
    [-5_000, 10_000],
    [10_000, -5_000],
    [-5_000, -10_000],
    [1e15, 5e14],
    [0.3, 0.1],
    [-100, 0],
  ] as const) {
    const found = change('revenue', (age) => ({ revenue: age <= 30 ? now : before }));
    expect(found?.evidence.direction).toBe(now > before ? 'up' : 'down');
    expect(JSON.stringify(found)).not.toMatch(/null/);
  }
});

test('a figure that is no number, or beyond all measure, is unknown', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
    const found = change('revenue', (age) => ({ revenue: age === 3 ? value : age <= 30 ? 6_000 : 10_000 }));
    expect(found?.evidence).toMatchObject({ value: 29 * 6_000, days: { compared: 29, left: 1 } });
  }
});

test('a year is compared with the year before, and its series has no more than a year', () => {
  const found = change('revenue', (age) => ({ revenue: age <= 365 ? 5_000 : 10_000 }), '1y');
  expect(found?.evidence).toMatchObject({ change: -0.5, days: { compared: 365, left: 0 } });
  expect(found?.evidence.series).toHaveLength(365);
});
