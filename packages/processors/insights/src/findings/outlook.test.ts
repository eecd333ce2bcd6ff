import { expect, test } from 'vitest';
import { random } from '../series/fixtures/random.js';
import { outlookOf } from './outlook.js';

const TODAY = '2026-11-24';
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** Sales with a week, a year, growth and noise that has a memory. */
function sales(seed: number, days: number): number[] {
  const source = random(seed);
  const [week, memory] = [source.between(0.1, 0.4), source.between(0, 0.6)];
  const [size, phase, growth] = [source.between(0, 0.4), source.between(0, 365), source.between(-0.2, 0.4)];
  let last = 0;
  return Array.from({ length: days }, (_, day) => {
    last = memory * last + 0.08 * source.normal();
    const season = 1 + size * Math.sin((2 * Math.PI * (day + phase)) / 365.25);
    return 1_000 * (1 + growth) ** (day / 365) * season * (day % 7 < 5 ? 1 : 1 - week) * (1 + last);
  });
}

test('the interval of a sum of 28 days holds it in about 80 of 100 cases', () => {
  let held = 0;
  let [error, naive] = [0, 0];
  const COUNT = 40;
  for (let seed = 1; seed <= COUNT; seed++) {
    const all = sales(seed, 1_028);
    const [past, coming] = [all.slice(0, -28), sumOf(all.slice(-28))];
    const outlook = outlookOf(past, TODAY, 28);
    const sum = sumOf((outlook?.days ?? []).map(({ expected }) => expected));
    if (Math.abs(coming - sum) <= (outlook?.reach ?? 0)) held += 1;
    error += Math.abs(coming - sum) / coming;
    naive += Math.abs(coming - sumOf(past.slice(-28))) / coming;
  }
  expect(held / COUNT).toBeGreaterThan(0.7);
  expect(held / COUNT).toBeLessThan(0.95);
  expect(error).toBeLessThan(0.8 * naive);
});

test('days at the end that are unknown are forecast too, and none where all are known', () => {
  const past = sales(1, 400);
  const values = past.map((value, index) => (index >= 397 ? null : value));
  const outlook = outlookOf(values, TODAY, 4);
  expect(outlook?.days.map(({ day }) => day)).toEqual([
    '2026-11-21',
    '2026-11-22',
    '2026-11-23',
    '2026-11-24',
    '2026-11-25',
    '2026-11-26',
    '2026-11-27',
  ]);
  expect(outlookOf(past, TODAY, 0)).toEqual({ days: [], reach: 0, errors: [] });
});

test('too little that is known, or too long ago, has no outlook', () => {
  expect(outlookOf(sales(1, 60), TODAY, 28)).toBeUndefined();
  expect(outlookOf([], TODAY, 28)).toBeUndefined();
  expect(outlookOf([...sales(1, 400), ...Array.from({ length: 60 }, () => null)], TODAY, 28)).toBeUndefined();
});
