import { expect, test } from 'vitest';
import { shoppingDays } from '../calendar/shopping-days.js';
import { addDays } from '../periods.js';
import { random } from '../series/fixtures/random.js';
import { atOnce } from '../series/pieces.js';
import { outlookOf } from './outlook.js';

const TODAY = '2026-11-24';
const ahead = (...given: Parameters<typeof outlookOf>) => atOnce(outlookOf(...given));
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
    const outlook = ahead(past, TODAY, 28, []);
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
  const outlook = ahead(values, TODAY, 4, []);
  expect(outlook?.days.map(({ day }) => day)).toEqual([
    '2026-11-21',
    '2026-11-22',
    '2026-11-23',
    '2026-11-24',
    '2026-11-25',
    '2026-11-26',
    '2026-11-27',
  ]);
  expect(ahead(past, TODAY, 0, [])).toEqual({ days: [], reach: 0, errors: [] });
});

test('too little that is known, or too long ago, has no outlook', () => {
  expect(ahead(sales(1, 60), TODAY, 28, [])).toBeUndefined();
  expect(ahead([], TODAY, 28, [])).toBeUndefined();
  expect(ahead([...sales(1, 400), ...Array.from({ length: 60 }, () => null)], TODAY, 28, [])).toBeUndefined();
});

test('a holiday of the coming days, which may move, does what it did in earlier years', async () => {
  const EFFECTS = { 'black-friday': 3, 'christmas-day': 0.2, 'easter-sunday': 0.4 };
  for (const [today, count, day, id] of [
    ['2026-11-10', 800, '2026-11-27', 'black-friday'],
    ['2026-12-10', 1_000, '2026-12-25', 'christmas-day'],
    ['2026-03-20', 800, '2026-04-05', 'easter-sunday'],
  ] as const) {
    const from = addDays(today, -count);
    const asked = { from, to: addDays(today, 27), locale: 'en', timeZone: 'Europe/Berlin' };
    const holidays = await shoppingDays().holidays(asked);
    const own = holidays.filter((holiday) => holiday.id === id).map((holiday) => holiday.day);
    expect(own.length).toBeGreaterThan(2);
    expect(own).toContain(day);
    const without = sales(7, count + 28);
    const all = without.map((value, place) => value * (own.includes(addDays(from, place)) ? EFFECTS[id] : 1));
    const past = all.slice(0, count);
    const [aware, unaware] = [holidays, []].map((known) => ahead(past, today, 28, known));
    const on = aware?.days.find((one) => one.day === day);
    const ordinary = unaware?.days.find((one) => one.day === day);
    expect((on?.expected ?? 0) / (ordinary?.expected ?? 1) / EFFECTS[id]).toBeGreaterThan(0.75);
    expect((on?.expected ?? 0) / (ordinary?.expected ?? 1) / EFFECTS[id]).toBeLessThan(1.33);
    expect(on?.lower).toBeLessThan(on?.expected ?? 0);
    expect(on?.upper).toBeGreaterThan(on?.expected ?? 0);
    // Other days are as if there had never been a holiday.
    const plain = ahead(without.slice(0, count), today, 28, []);
    aware?.days.forEach((one, place) => {
      if (one.day !== day) expect(one.expected / (plain?.days[place]?.expected ?? 1)).toBeCloseTo(1, 0);
    });
  }
});

test('holidays that do nothing, and those of which no earlier year is known, change little', async () => {
  const asked = { from: '2024-01-01', to: '2026-12-21', locale: 'en', timeZone: 'Europe/Berlin' };
  const holidays = await shoppingDays().holidays(asked);
  const past = sales(3, 800);
  const [aware, unaware] = [holidays, []].map((known) => ahead(past, TODAY, 28, known));
  aware?.days.forEach(({ expected }, place) => {
    expect(expected / (unaware?.days[place]?.expected ?? 1)).toBeCloseTo(1, 0);
  });
  // Of what was the only Black Friday nothing is known.
  const future = holidays.filter(({ day }) => day >= TODAY);
  expect(ahead(past, TODAY, 28, future)).toEqual(unaware);
});

test('ugly figures around holidays are no crash, and never NaN', async () => {
  const asked = { from: '2024-01-01', to: '2026-12-21', locale: 'en', timeZone: 'Europe/Berlin' };
  const holidays = await shoppingDays().holidays(asked);
  for (const of of [
    () => 0,
    () => 7,
    (place: number) => -place,
    (place: number) => (place % 7 === 0 ? 0 : 1e150),
    (place: number) => (place % 50 === 0 ? 1e15 : 1e-300),
    (place: number) => (place % 9 === 0 ? 1 : null),
  ]) {
    const outlook = ahead(
      Array.from({ length: 800 }, (_, place) => of(place)),
      TODAY,
      28,
      holidays,
    );
    for (const { expected, lower, upper } of outlook?.days ?? []) {
      expect(lower).toBeLessThanOrEqual(expected);
      expect(upper).toBeGreaterThanOrEqual(expected);
    }
    expect(outlook?.reach ?? 0).toBeGreaterThanOrEqual(0);
  }
});
