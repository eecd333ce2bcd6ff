import { expect, test } from 'vitest';
import { daysBefore, historyOf, metricOf, TODAY, wiggle } from '../fixtures/days.js';
import { addDays } from '../periods.js';
import type { MetricDay } from '../ports.js';
import { findRecords } from './record.js';

function records(of: (age: number) => Partial<MetricDay>, count = 800, names = ['revenue', 'orders', 'sessions']) {
  const history = historyOf(daysBefore(TODAY, count, of));
  return findRecords(names.map((name) => metricOf(name, history)));
}

/** Goes up and down by 5 %, with a little growth; the last two weeks are better. */
const good = (age: number) =>
  Math.round((10_000 + (800 - age) * 2) * (1 + 0.05 * wiggle(age)) * (age <= 14 ? 1.08 : 1));

/** Of ages, the day with the most. */
function bestDay(from: number, to: number): string {
  const ages = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return addDays(TODAY, -(ages.toSorted((one, other) => good(other) - good(one))[0] ?? 0));
}

test('tells of the latest highest day, with the one before it and since when days are known', () => {
  const values = daysBefore(TODAY, 800, (age) => ({ revenue: good(age) }));
  const best = Math.max(...values.map(({ revenue }) => revenue));
  const [found, ...others] = records((age) => ({ revenue: good(age) }));
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    kind: 'record',
    topic: 'record:revenue:highest',
    impact: 'low',
    evidence: { value: best, direction: 'up', record: { of: 'highest', since: values[0]?.day } },
  });
  const { record, expected, window } = found?.evidence ?? {};
  expect(record?.previous).toEqual({ day: expect.any(String), value: expected });
  expect(values.find(({ day }) => day === window?.from)?.revenue).toBe(best);
});

test('the lowest day is told too', () => {
  const bad = (age: number) => Math.round(10_000 * (1 + 0.05 * wiggle(age)) * (age <= 30 ? 0.95 : 1));
  expect(records((age) => ({ revenue: bad(age) }))).toMatchObject([
    { topic: 'record:revenue:lowest', evidence: { direction: 'down', record: { of: 'lowest' } } },
  ]);
});

test('a spike is told as a spike, not as a record', () => {
  expect(records((age) => ({ revenue: age === 5 ? 90_000 : good(age) }))).toEqual([]);
});

test('wants a year of days, and a record within the period', () => {
  expect(records((age) => ({ revenue: good(age) }), 370)).toEqual([]);
  const earlier = (age: number) => ({ revenue: good(age + (age <= 40 ? 100 : -40)) });
  expect(records(earlier)).toEqual([]);
});

test('one of the leading metrics speaks for all, and rare sales have no record', () => {
  const all = (age: number) => ({ revenue: good(age), orders: good(age), sessions: good(age) });
  expect(records(all)).toMatchObject([{ metric: { name: 'revenue' } }]);
  expect(records(all, 800, ['orders', 'sessions'])).toMatchObject([{ metric: { name: 'orders' } }]);
  expect(records((age) => ({ orders: age === 3 ? 7 : Math.round(3 + 2 * wiggle(age)) }))).toEqual([]);
  expect(records((age) => ({ revenue: age % 5 === 0 ? good(age) : 0 }))).toEqual([]);
});

test('a change that says it already leaves no record', () => {
  const history = historyOf(daysBefore(TODAY, 800, (age) => ({ revenue: good(age) })));
  const metric = metricOf('revenue', history);
  expect(findRecords([metric], (one, direction) => one === metric.metric && direction === 'up')).toEqual([]);
  expect(findRecords([metric], (_, direction) => direction === 'down')).toHaveLength(1);
});

test('days that are not final are no record, and ugly figures are no crash', () => {
  // The best days are not final: the record is of as many days before them.
  const [found] = records((age) => ({ revenue: good(age), uncertain: age <= 30 ? ['revenue'] : [] }));
  expect(found?.evidence.window.to).toBe(bestDay(31, 60));
  for (const of of [
    () => ({}),
    () => ({ revenue: 700 }),
    (age: number) => ({ revenue: -good(age) }),
    (age: number) => ({ revenue: good(age) * 1e11 }),
    (age: number) => ({ revenue: age > 100 && age < 300 ? 0 : good(age), currency: age % 2 ? 'EUR' : 'USD' }),
  ]) {
    for (const count of [0, 1, 400, 800]) expect(JSON.stringify(records(of, count))).not.toMatch(/null/);
  }
});
