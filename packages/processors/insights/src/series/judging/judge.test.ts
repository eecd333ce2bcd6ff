import { expect, test } from 'vitest';
import { detectAnomalies } from '../detect-anomalies.js';
import { random } from '../fixtures/random.js';
import { readSeries } from '../input.js';
import { atOnce } from '../pieces.js';
import { tailsOf } from '../statistics/tail-weight.js';
import { judge, judgeRatio } from './judge.js';
import { scalesOf } from './scales.js';

/** Three years of a quiet shop whose Decembers are twice as high. */
function years(seed: number, noise = 0.05): number[] {
  const source = random(seed);
  return Array.from(
    { length: 1_096 },
    (_, day) => 1_000 * (day % 365.25 > 334 ? 2 : 1) * (1 + noise * source.normal()),
  );
}

test('a part of the year that is higher each year is no shift, in measures and in counts', () => {
  expect(detectAnomalies(years(1)).filter(({ kind }) => kind === 'shift')).toEqual([]);
  const source = random(2);
  const counts = years(3, 0).map((mean) => source.count(mean / 200));
  expect(detectAnomalies(counts).filter(({ kind }) => kind === 'shift')).toEqual([]);
});

test('a shift among such years is found where it is', () => {
  const values = years(4).map((value, day) => (day >= 900 ? value * 1.4 : value));
  const shifts = detectAnomalies(values).filter(({ kind }) => kind === 'shift');
  expect(shifts.map(({ index }) => index)).toEqual([expect.closeTo(900, -1)]);
});

test('with dates, what two of three years had is an anomaly, and what all three had is a season', () => {
  const parts = Int32Array.from({ length: 1_096 }, (_, day) => Math.floor((day % 365.25) / 30.44));
  const isSeason = (days: readonly number[], options = {}) => {
    const values = years(5);
    for (const day of days) values[day] = (values[day] ?? 0) * 1.6;
    const judgement = atOnce(judge(readSeries(values), [7], options));
    return days.map((day) => judgement?.isExplained(day));
  };
  expect(isSeason([200, 565], { parts })).toEqual([false, false]);
  expect(isSeason([200, 565])).toEqual([true, true]);
  expect(isSeason([200, 565, 931], { parts })).toEqual([true, true, true]);
  expect(isSeason([200], { parts })).toEqual([false]);
});

test('of a ratio the noise is as wide as what it is divided by says', () => {
  const source = random(6);
  const exposure = Float64Array.from({ length: 400 }, (_, day) => (day % 2 === 0 ? 100 : 10_000));
  const residuals = exposure.map((own) => source.normal() / Math.sqrt(own));
  const places = [...residuals.keys()];
  const { unit, factors } = scalesOf(residuals, places, exposure);
  expect((factors[0] ?? 0) / (factors[1] ?? 1)).toBeCloseTo(10, 0);
  expect(unit * (factors[1] ?? 0)).toBeCloseTo(0.01, 2);
  // Noise that has nothing to do with it.
  const alike = scalesOf(
    exposure.map(() => source.normal()),
    places,
    exposure,
  );
  expect((alike.factors[0] ?? 0) / (alike.factors[1] ?? 1)).toBeLessThan(3.5);
  expect([...scalesOf(residuals, places).factors]).toEqual(places.map(() => 1));
});

test('a ratio of rare events is judged by their counts', () => {
  const source = random(7);
  const exposure = Float64Array.from({ length: 300 }, (_, day) => (day % 3 === 0 ? 400 : 100));
  const amounts = [...exposure].map((own) => source.count(0.02 * own));
  amounts[150] = 30;
  const judged = atOnce(judgeRatio(readSeries(amounts), exposure, [7]));
  expect(judged?.of).toBe('amounts');
  const { judgement } = judged ?? {};
  // What is expected follows what there is to count.
  expect((judgement?.expected(153) ?? 0) / (judgement?.expected(151) ?? 0)).toBeGreaterThan(3);
  expect((judgement?.expected(153) ?? 0) / (judgement?.expected(151) ?? 0)).toBeLessThan(5);
  expect(judgement?.p[150]).toBeLessThan(1e-6);
});

test('what is explained is expected, and what is beyond it is judged', () => {
  const values = years(8).slice(0, 300);
  values[100] = (values[100] ?? 0) * 2;
  values[200] = (values[200] ?? 0) * 0.5;
  const explain = (surprise: Float64Array) => {
    const only = (index: number) => surprise.map((value, place) => (place === index ? value : 0));
    return { low: new Float64Array(surprise.length), high: only(100), middle: only(100) };
  };
  const judgement = atOnce(judge(readSeries(values), [7], { explain }));
  expect(judgement?.expected(100)).toBeCloseTo(values[100] ?? 0, -2);
  expect(judgement?.ordinary(100)).toBeCloseTo(1_000, -2);
  expect(Math.abs(judgement?.surprise[100] ?? 9)).toBeLessThan(1);
  expect(judgement?.surprise[200]).toBeLessThan(-5);
  const { lower = 0, upper = 0 } = judgement?.usual(100, 0.001) ?? {};
  expect(lower).toBeLessThan(1_000);
  expect(upper).toBeGreaterThan(2_000);
});

test('many anomalies do not make the tails heavy', () => {
  const source = random(9);
  const noise = Float64Array.from({ length: 1_000 }, () => source.normal());
  const clean = tailsOf(noise);
  const mixed = tailsOf(noise.map((value, index) => (index % 12 === 0 ? 15 * Math.sign(value) : value)));
  expect(mixed.beyond(8)).toBeLessThan(1e-6);
  expect(Math.log10(mixed.beyond(6)) / Math.log10(clean.beyond(6))).toBeGreaterThan(0.6);
  // The reach is where the tail has the share.
  expect(clean.beyond(clean.reach(0.001, 1))).toBeCloseTo(0.001, 5);
  expect(tailsOf(new Float64Array(20)).reach(0.001, 1)).toBe(0);
});
