import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decompose } from './decompose.js';
import { random } from './fixtures/random.js';

const week = [0, 5, 8, 3, -2, -6, -8];

test('one value of 1e15 moves neither trend nor seasons', () => {
  const values = Array.from({ length: 365 }, (_, day) => 1_000 + (day % 7 > 4 ? -200 : 0) + 20 * Math.sin(day * 12.9));
  values[200] = 1e15;
  const { trend, seasonal, residual } = decompose(values, { seasons: [7] });
  for (const day of [100, 199, 200, 230]) {
    expect(trend[day]).toBeGreaterThan(900);
    expect(trend[day]).toBeLessThan(1_000);
    expect(Math.abs(seasonal[0]?.[day] ?? 1_000)).toBeLessThan(250);
  }
  expect((trend[200] ?? 0) + (seasonal[0]?.[200] ?? 0) + (residual[200] ?? 0)).toBeCloseTo(1e15, -1);
});

test('trend, seasons and rest add up to the values, and a spike is in the rest', () => {
  const source = random(1);
  const values = Array.from({ length: 365 }, (_, day) => 100 + 0.1 * day + (week[day % 7] ?? 0) + source.normal());
  values[200] = 300;
  const { trend, seasonal, residual } = decompose(values, { seasons: [7] });
  values.forEach((value, day) => {
    expect((trend[day] ?? 0) + (seasonal[0]?.[day] ?? 0) + (residual[day] ?? 0)).toBeCloseTo(value, 8);
  });
  expect(residual[200]).toBeGreaterThan(170);
  expect(Math.abs((trend[200] ?? 0) - 120)).toBeLessThan(2);
});

test('two seasons are separated, in the order asked for', () => {
  const year = (day: number) => 20 * Math.sin((2 * Math.PI * day) / 365.25);
  const values = Array.from({ length: 730 }, (_, day) => 100 + (week[day % 7] ?? 0) + year(day));
  const { seasonal } = decompose(values, { seasons: [365.25, 7] });
  expect(seasonal[0]?.[91]).toBeCloseTo(20, 0);
  expect(Math.abs((seasonal[1]?.[2] ?? 0) - 8)).toBeLessThan(0.5);
});

test('without a season there is a trend, and a gap is estimated', () => {
  const values: (number | null)[] = Array.from({ length: 120 }, (_, day) => 5 + 2 * day);
  values.fill(null, 40, 60);
  const { trend, seasonal, residual } = decompose(values, { seasons: [] });
  expect(seasonal).toEqual([]);
  expect(trend[50]).toBeCloseTo(105, 0);
  expect(residual[50]).toBe(0);
});

test('a season that is longer than half the values is 0', () => {
  const { seasonal } = decompose([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], { seasons: [7] });
  expect(seasonal).toEqual([new Array(10).fill(0)]);
});

test('no number is NaN, whatever the values are', () => {
  const value = fc.oneof(fc.constant(null), fc.constant(0), fc.double({ min: -1e15, max: 1e15, noNaN: true }));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), fc.constantFrom([], [7], [7, 12], [4]), (values, seasons) => {
      const { trend, seasonal, residual } = decompose(values, { seasons });
      for (const list of [trend, residual, ...seasonal]) {
        expect(list).toHaveLength(values.length);
        expect(list.every(Number.isFinite)).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
