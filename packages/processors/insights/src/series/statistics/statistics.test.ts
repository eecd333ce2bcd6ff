import { expect, test } from 'vitest';
import { random } from '../fixtures/random.js';
import { neighbourCorrelation } from './autocorrelation.js';
import { falseDiscoveryRates } from './false-discovery.js';
import { theilSen } from './theil-sen.js';
import { windowChange } from './window-change.js';

const known = (values: Float64Array) => ({ values, known: new Float64Array(values.length).fill(1) });

test('adjusts p-values as R does: p.adjust(c(.01, .02, .03, .5, .04), "BH")', () => {
  const rates = falseDiscoveryRates(Float64Array.of(0.01, 0.02, 0.03, 0.5, 0.04));
  expect([...rates].map((rate) => Number(rate.toFixed(6)))).toEqual([0.05, 0.05, 0.05, 0.5, 0.05]);
  expect(falseDiscoveryRates(new Float64Array(0))).toHaveLength(0);
});

test('a trend is the median slope, whatever a third of the values is', () => {
  const line = Float64Array.from({ length: 60 }, (_, index) => (index % 4 === 0 ? 1_000 : 5 + 2 * index));
  expect(theilSen(known(line))?.slope).toBeCloseTo(2, 1);
  expect(theilSen(known(Float64Array.of(1, 2)))).toBeUndefined();
  expect(theilSen(known(new Float64Array(20).fill(7)))).toEqual({ slope: 0, lower: 0, upper: 0 });
});

test('the interval of a trend holds it in about 95 of 100 series, also where noise has a memory', () => {
  for (const memory of [0, 0.5]) {
    let held = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const source = random(seed);
      let last = 0;
      const noisy = Float64Array.from({ length: 90 }, (_, index) => {
        last = memory * last + source.normal();
        return 0.1 * index + last;
      });
      const trend = theilSen(known(noisy));
      if (trend !== undefined && trend.lower <= 0.1 && trend.upper >= 0.1) held += 1;
    }
    expect(held).toBeGreaterThanOrEqual(85);
  }
});

test('noise with a memory makes a change of two windows less certain', () => {
  const rates = [0, 0.6].map((memory) => {
    let significant = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const source = random(seed);
      let last = 0;
      const noise = Array.from({ length: 56 }, () => {
        last = memory * last + source.normal();
        return last;
      });
      if ((windowChange(noise.slice(0, 28), noise.slice(28))?.p ?? 1) < 0.05) significant += 1;
    }
    return significant / 200;
  });
  for (const rate of rates) expect(rate).toBeLessThan(0.13);
});

test('a change that is there is seen, with its interval', () => {
  const source = random(3);
  const before = Array.from({ length: 28 }, () => 100 + source.normal());
  const after = Array.from({ length: 28 }, () => 103 + source.normal());
  const change = windowChange(before, after);
  expect(change?.p).toBeLessThan(1e-6);
  expect(change?.lower).toBeLessThan(3);
  expect(change?.upper).toBeGreaterThan(3);
  expect(windowChange([5, 5], [5, 5])).toEqual({ difference: 0, lower: 0, upper: 0, p: 1 });
  expect(windowChange([5], [5, 6])).toBeUndefined();
});

test('the correlation of neighbours is that of the noise, a spike notwithstanding', () => {
  const source = random(5);
  let last = 0;
  const values = Float64Array.from({ length: 1_000 }, (_, index) => {
    last = 0.5 * last + source.normal();
    return index === 500 ? 1e6 : last;
  });
  expect(neighbourCorrelation(values)).toBeCloseTo(0.5, 1);
  expect(neighbourCorrelation(new Float64Array(10).fill(3))).toBe(0);
});
