import { expect, test } from 'vitest';
import { Tail } from './tail.js';

/** Evenly spread quantiles of a Pareto distribution: the share of those above x is x to the power of -1 / exponent. */
function pareto(count: number, exponent: number): Tail {
  const tail = new Tail();
  for (let index = 0; index < count; index++) tail.add(((index + 0.5) / count) ** -exponent);
  return tail;
}

test('the surprise beyond all magnitudes so far follows their power law', () => {
  const exponent = 0.5;
  const tail = pareto(5_000, exponent);
  for (const probability of [1e-3, 1e-5, 1e-7]) {
    expect(Math.abs(tail.surprise(probability ** -exponent, 5_000) + Math.log10(probability))).toBeLessThan(0.6);
  }
});

test('the surprise of a usual magnitude is the share of those that are at least as large', () => {
  const tail = pareto(5_000, 0.5);
  expect(Math.abs(10 ** -tail.surprise(0.3 ** -0.5, 5_000) - 0.3)).toBeLessThan(0.05);
});

test('the magnitude of a surprise has that surprise', () => {
  const tail = pareto(1_000, 0.3);
  for (const surprise of [2, 3, 6]) {
    expect(tail.surprise(tail.magnitude(surprise, 1_000), 1_000)).toBeCloseTo(surprise, 6);
  }
});

test('where nothing is known, the first magnitude is as surprising as many values were without one', () => {
  expect(new Tail().surprise(1, 99)).toBe(3);
  expect(new Tail().magnitude(3, 99)).toBe(0);
});

test('what is forgotten is surprising again', () => {
  const tail = new Tail();
  for (let index = 0; index < 100; index++) tail.add(index === 0 ? 100 : 1);
  const before = tail.surprise(100, 100);
  for (let index = 0; index < 20; index++) {
    tail.forget(0.8);
    for (let other = 0; other < 20; other++) tail.add(1);
  }
  expect(tail.surprise(100, 100)).toBeGreaterThan(before + 1);
});
