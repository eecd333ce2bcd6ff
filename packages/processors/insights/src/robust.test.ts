import { expect, test } from 'vitest';
import { wiggle } from './fixtures/days.js';
import { dailyNoise, mad, median, spread } from './robust.js';

test('median and median distance, of few, many and huge values', () => {
  expect(median([])).toBeUndefined();
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([Number.MAX_VALUE, Number.MAX_VALUE])).toBe(Number.MAX_VALUE);
  expect(mad([1, 1, 2, 2, 4, 6, 9], 2)).toBe(1);
  expect(mad([], 0)).toBe(0);
});

test('the spread of normal values is their standard deviation, whatever a few of them are', () => {
  // Deciles of the normal distribution.
  const deciles = [-1.2816, -0.8416, -0.5244, -0.2533, 0, 0.2533, 0.5244, 0.8416, 1.2816];
  expect(spread(deciles, 0)).toBeCloseTo(0.78, 1);
  expect(spread([...deciles, 1_000], 0)).toBeLessThan(1.5);
  expect(spread([0, 0, 0, 10], 0)).toBe(5);
  expect(spread([5, 5, 5], 5)).toBe(0);
  expect(spread([], 0)).toBe(0);
});

test('neither a trend, the pattern of a week nor a shift of level is noise', () => {
  const days = Array.from({ length: 84 }, (_, index) => index);
  const week = (index: number) => 100 * (index % 7) + 3 * index;
  const noisy = (index: number) => 10 * wiggle(index);
  const plain = dailyNoise(days.map(noisy)) ?? 0;
  expect(plain).toBeGreaterThan(3);
  expect(dailyNoise(days.map((index) => week(index) + noisy(index)))).toBeCloseTo(plain, 6);
  const shifted = dailyNoise(days.map((index) => noisy(index) + (index > 50 ? 500 : 0))) ?? 0;
  expect(shifted).toBeLessThan(2 * plain);
  expect(dailyNoise(days.map(() => 7))).toBe(0);
});

test('is unknown where little is known', () => {
  expect(dailyNoise([])).toBeUndefined();
  expect(dailyNoise(Array.from({ length: 20 }, (_, index) => index))).toBeUndefined();
  expect(dailyNoise(Array.from({ length: 84 }, (_, index) => (index % 7 < 3 ? 5 : undefined)))).toBe(0);
});
