import { expect, test } from 'vitest';
import { daysBefore, TODAY } from '../../fixtures/days.js';
import { random } from '../../series/fixtures/random.js';
import { comesEachYear } from './yearly.js';

/** The values of two and a half years or as many, with noise; by the day. */
function valuesOf(of: (day: string, age: number) => number | null, { count = 900, noise = 0.1 } = {}) {
  const source = random(7);
  const days = daysBefore(TODAY, count, () => ({})).map(({ day }) => day);
  const values = days.map((day, index) => {
    const value = of(day, count - index);
    return value === null ? null : value * (1 + noise * source.normal());
  });
  return { values, place: (day: string) => days.indexOf(day) };
}

/** December is half as much again as the other months, and weekends are half of it. */
function season(day: string): number {
  const isWeekend = [0, 6].includes(new Date(day).getUTCDay());
  return (day.slice(5, 7) === '12' ? 1_500 : 1_000) * (isWeekend ? 0.5 : 1);
}

test('the step that each known year has is a season, after a few days as after weeks', () => {
  for (const noise of [0, 0.1]) {
    const { values, place } = valuesOf(season, { noise });
    const first = place('2026-01-01');
    expect(comesEachYear({ values }, first, first + 4)).toBe(true);
    expect(comesEachYear({ values }, first, values.length - 1)).toBe(true);
    expect(comesEachYear({ values }, place('2025-12-01'), first - 1)).toBe(true);
  }
  // Where days are noisier it takes weeks.
  const { values, place } = valuesOf(season, { noise: 0.4 });
  expect(comesEachYear({ values }, place('2026-01-01'), values.length - 1)).toBe(true);
});

test('a spike among the days of another year does not hide its season', () => {
  const { values, place } = valuesOf((day) => (day === '2025-01-03' ? 4 : 1) * season(day));
  const first = place('2026-01-01');
  expect(comesEachYear({ values }, first, first + 4)).toBe(true);
});

test('what has come once is none, nor what is much more than each year', () => {
  const { values, place } = valuesOf((day) => (day >= '2026-03-01' ? 0.6 : 1) * season(day));
  expect(comesEachYear({ values }, place('2026-03-01'), values.length - 1)).toBe(false);
  const deeper = valuesOf((day) => (day >= '2026-01-01' ? 0.4 : 1) * season(day));
  expect(comesEachYear({ values: deeper.values }, deeper.place('2026-01-01'), values.length - 1)).toBe(false);
  const raised = valuesOf((day) => (day >= '2025-12-01' && day <= '2025-12-05' ? 3 : 1) * season(day));
  expect(comesEachYear({ values: raised.values }, raised.place('2025-12-01'), raised.place('2025-12-05'))).toBe(false);
});

test('in the opposite direction it is another thing', () => {
  const { values, place } = valuesOf((day) => (day.startsWith('2025-12') ? 600 : season(day)));
  expect(comesEachYear({ values }, place('2025-12-01'), place('2025-12-31'))).toBe(false);
});

test('without another year, with gaps in it and with ugly figures it is not known', () => {
  const short = valuesOf(season, { count: 360 });
  expect(comesEachYear({ values: short.values }, short.place('2026-01-01'), short.values.length - 1)).toBe(false);
  const gap = valuesOf((day) => (day > '2024-11-25' && day < '2025-02-01' ? null : season(day)));
  expect(comesEachYear({ values: gap.values }, gap.place('2026-01-01'), gap.values.length - 1)).toBe(false);
  for (const value of [0, -5, 1e15]) {
    const { values } = valuesOf(() => value);
    expect(comesEachYear({ values }, 700, 720), String(value)).toBe(false);
  }
});
