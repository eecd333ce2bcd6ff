import { ArgumentError } from '@bizinsights/jobs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forecastSeries, HORIZON, scaledError } from './fixtures/forecast-series.js';
import { MONTHS_AHEAD, monthlySeries } from './fixtures/monthly-series.js';
import reference from './fixtures/reference.json' with { type: 'json' };
import { forecast } from './forecast.js';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Every fifth: `npm run bench -- insights-series` has all. */
const some = forecastSeries()
  .map((one, order) => ({ ...one, stlf: reference.daily[order] }))
  .filter((_, order) => order % 5 === 0);

test('daily series are forecast better than by stlf of R and by the week before, and most days lie in the interval', () => {
  const errors = { ours: [0], stlf: [0], naive: [0] };
  let held = 0;
  for (const { name, past, next, stlf } of some) {
    // The series are those that R saw.
    expect(stlf?.name).toBe(name);
    expect(past.reduce((sum, value) => sum + value, 0) / (stlf?.sum ?? 0)).toBeCloseTo(1, 9);
    const ours = forecast(past, { horizon: HORIZON, seasons: [7] });
    errors.ours.push(scaledError(past, next, ours.mean));
    errors.stlf.push(scaledError(past, next, stlf?.mean ?? []));
    errors.naive.push(
      scaledError(
        past,
        next,
        next.map((_, step) => past[past.length - 7 + (step % 7)] ?? 0),
      ),
    );
    held += next.filter((value, step) => value >= (ours.lower[step] ?? 0) && value <= (ours.upper[step] ?? 0)).length;
  }
  expect(mean(errors.ours)).toBeLessThanOrEqual(mean(errors.stlf));
  expect(mean(errors.ours)).toBeLessThan(mean(errors.naive));
  expect(held / HORIZON / some.length).toBeGreaterThan(0.7);
  expect(held / HORIZON / some.length).toBeLessThan(0.9);
});

test('monthly series are forecast better than by stlf of R and by the year before', () => {
  const ofR = reference.monthly.map(({ values, mean }) => ({
    past: values.slice(0, -MONTHS_AHEAD),
    next: values.slice(-MONTHS_AHEAD),
    stlf: mean,
  }));
  const generated = monthlySeries().map(({ name, past, next }, order) => {
    const stlf = reference.months[order];
    // The series are those that R saw.
    expect(stlf?.name).toBe(name);
    expect(past.reduce((sum, value) => sum + value, 0) / (stlf?.sum ?? 0)).toBeCloseTo(1, 9);
    return { past, next, stlf: stlf?.mean ?? [] };
  });
  for (const series of [ofR, generated]) {
    const errors = series.map(({ past, next, stlf }) => {
      const ours = forecast(past, { horizon: MONTHS_AHEAD, seasons: [12] }).mean;
      const naive = next.map((_, step) => past[past.length - 12 + (step % 12)] ?? 0);
      return [ours, stlf, naive].map((one) => scaledError(past, next, one, 12));
    });
    const [ours = Number.NaN, stlf, naive] = [0, 1, 2].map((which) => mean(errors.map((own) => own[which] ?? 0)));
    expect(ours).toBeLessThanOrEqual(stlf ?? 0);
    expect(ours).toBeLessThan(naive ?? 0);
  }
});

test('a wider level is a wider interval', () => {
  const [{ past } = { past: [] }] = some;
  const width = (level: number) => {
    const { lower, upper } = forecast(past, { horizon: 7, level });
    return (upper[6] ?? 0) - (lower[6] ?? 0);
  };
  expect(width(0.5)).toBeLessThan(width(0.8));
  expect(width(0.8)).toBeLessThan(width(0.95));
});

test('of little there is a forecast too: nothing is 0, one value and a constant are themselves', () => {
  expect(forecast([], { horizon: 2 })).toEqual({ mean: [0, 0], lower: [0, 0], upper: [0, 0] });
  expect(forecast([null, 5], { horizon: 1 })).toEqual({ mean: [5], lower: [5], upper: [5] });
  const constant = forecast(new Array<number>(100).fill(7), { horizon: 3 });
  for (const value of [...constant.mean, ...constant.lower, ...constant.upper]) expect(value).toBeCloseTo(7, 6);
  expect(forecast(new Array<number>(100).fill(0), { horizon: 1 }).upper[0]).toBeCloseTo(0, 6);
});

test('whatever the values are, lower ≤ mean ≤ upper, and of what is never negative the forecast is not', () => {
  const value = fc.oneof(fc.constant(null), fc.constant(0), fc.double({ min: 0, max: 1e15, noNaN: true }));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 90 }), fc.constantFrom([], [7], [7, 30]), (values, seasons) => {
      const { mean: middle, lower, upper } = forecast(values, { horizon: 10, seasons });
      middle.forEach((own, step) => {
        expect(own).toBeGreaterThanOrEqual(lower[step] ?? Number.NaN);
        expect(own).toBeLessThanOrEqual(upper[step] ?? Number.NaN);
        expect(lower[step]).toBeGreaterThanOrEqual(0);
      });
    }),
    { numRuns: 40 },
  );
});

test('a forecaster of the host takes part where it is good, and one that gives no values is an error', () => {
  const [{ past, next } = { past: [], next: [] }] = some;
  const alone = forecast(past, { horizon: HORIZON });
  const bad = forecast(past, { horizon: HORIZON, forecasters: [(_, horizon) => new Array<number>(horizon).fill(1e9)] });
  expect(bad.mean).toEqual(alone.mean);
  // It knows what comes, and what came.
  const all = [...past, ...next];
  const known = forecast(past, { horizon: HORIZON, forecasters: [(own) => all.slice(own.length)] });
  known.mean.forEach((value, step) => {
    expect(value).toBeCloseTo(next[step] ?? Number.NaN, 6);
  });
  for (const wrong of [[1, 2], new Array<number>(HORIZON).fill(Number.NaN)]) {
    expect(() => forecast(past, { horizon: HORIZON, forecasters: [() => wrong] })).toThrow(ArgumentError);
  }
});

test('a horizon, level, value or season that cannot be is an error', () => {
  for (const options of [{ horizon: 0 }, { horizon: 1.5 }, { horizon: 20_000 }, { horizon: 1, level: 1 }]) {
    expect(() => forecast([1, 2], options)).toThrow(ArgumentError);
  }
  expect(() => forecast([Number.NaN], { horizon: 1 })).toThrow('values[0] is NaN');
  expect(() => forecast([1], { horizon: 1, seasons: [Number.NaN] })).toThrow(ArgumentError);
});
