import { ArgumentError } from '@bizinsights/jobs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decompose } from './decompose.js';
import { detectAnomalies } from './detect-anomalies.js';
import { anySeries } from './fixtures/any-series.js';
import { random } from './fixtures/random.js';
import { score, summarize, trailingZScore } from './fixtures/score.js';
import { FAMILIES, shopSeries } from './fixtures/shop-series.js';
import { forecast } from './forecast.js';

/** A quiet shop: a week, a slow growth and noise of 5 %. */
function quiet(days: number, seed = 1): number[] {
  const source = random(seed);
  return Array.from(
    { length: days },
    (_, day) => (1_000 + day) * (day % 7 > 4 ? 0.7 : 1) * (1 + 0.05 * source.normal()),
  );
}

describe('what it finds', () => {
  test('a spike and a drop, with what was expected and what would have been usual', () => {
    const values = quiet(365);
    values[200] = 2_500;
    values[300] = 400;
    const found = detectAnomalies(values);
    expect(found.map(({ index, kind, value }) => ({ index, kind, value }))).toEqual([
      { index: 200, kind: 'spike', value: 2_500 },
      { index: 300, kind: 'drop', value: 400 },
    ]);
    for (const { index, value, expected, lower, upper, score } of found) {
      expect(expected / ((1_000 + index) * (index % 7 > 4 ? 0.7 : 1))).toBeCloseTo(1, 1);
      expect(lower).toBeLessThan(expected);
      expect(upper).toBeGreaterThan(expected);
      expect(value < lower || value > upper).toBe(true);
      expect(score).toBeGreaterThan(0.5);
      expect(score).toBeLessThan(1);
    }
  });

  test.each(FAMILIES)('what is reported of a %s series lies outside of what is usual', (family) => {
    for (let seed = 301; seed <= 306; seed++) {
      const found = detectAnomalies(shopSeries(family, seed).values).filter(({ kind }) => kind !== 'shift');
      expect(found.filter(({ value, lower, upper }) => value >= lower && value <= upper)).toEqual([]);
    }
  });

  test('a shift once, and what follows it is judged by the new level', () => {
    const values = quiet(365).map((value, day) => (day >= 250 ? value * 0.7 : value));
    values[300] = 2_000;
    expect(detectAnomalies(values).map(({ index, kind }) => ({ index, kind }))).toEqual([
      { index: expect.closeTo(250, -1), kind: 'shift' },
      { index: 300, kind: 'spike' },
    ]);
  });

  test('a shift behind a spike', () => {
    const values = quiet(365).map((value, day) => (day >= 210 ? value * 1.4 : value));
    values[205] = 5_000;
    const kinds = detectAnomalies(values).map(({ kind }) => kind);
    expect(kinds).toEqual(['spike', 'shift']);
  });

  test('neither the days of the week nor growth nor a smooth year is an anomaly', () => {
    const year = quiet(730, 7).map((value, day) => value * (1 + 0.3 * Math.sin((2 * Math.PI * day) / 365.25)));
    for (const seasons of [undefined, [7], [7, 365.25]]) {
      expect(detectAnomalies(year, seasons === undefined ? {} : { seasons }).length).toBeLessThanOrEqual(1);
    }
  });

  test('what comes back a year later is a season', () => {
    const values = quiet(730, 3);
    for (const day of [300, 665]) values[day] = (values[day] ?? 0) * 2;
    expect(detectAnomalies(values)).toEqual([]);
    const once = quiet(730, 3);
    once[300] = (once[300] ?? 0) * 2;
    expect(detectAnomalies(once).map(({ index }) => index)).toEqual([300]);
  });

  test.each([6, 7, 8])('a season of a few weeks is no shift and hides none (seed %d)', (seed) => {
    const values = quiet(730, seed).map(
      (value, day) => value * (1 + 0.7 * Math.exp(-((((day % 365.25) - 340) / 14) ** 2) / 2)),
    );
    expect(detectAnomalies(values)).toEqual([]);
    const shifted = values.map((value, day) => (day >= 480 ? 0.75 * value : value));
    expect(detectAnomalies(shifted).map(({ index, kind }) => ({ index, kind }))).toEqual([
      { index: expect.closeTo(480, -1), kind: 'shift' },
    ]);
  });

  test('many orders in a shop that has one a day, and not a day without', () => {
    const source = random(4);
    const values = Array.from({ length: 365 }, () => source.count(1));
    values[180] = 12;
    const found = detectAnomalies(values);
    expect(found.map(({ index, kind }) => ({ index, kind }))).toEqual([{ index: 180, kind: 'spike' }]);
    expect(found[0]?.lower).toBe(0);
    expect(found[0]?.upper).toBeGreaterThanOrEqual(4);
  });

  test('a day of much revenue in a shop that sells every third day', () => {
    const source = random(8);
    const values = Array.from({ length: 365 }, () => source.count(0.4) * 49.9);
    values[100] = 10 * 49.9;
    expect(detectAnomalies(values).map(({ index }) => index)).toEqual([100]);
  });

  test('a shop that is closed at weekends is judged by its other days', () => {
    const source = random(11);
    const values = Array.from({ length: 400 }, (_, day) =>
      day % 7 > 4 ? 0 : Math.round(123_456 * (1 + 0.07 * source.normal())),
    );
    expect(detectAnomalies(values)).toEqual([]);
    values[102] = 20_000;
    values[303] = 260_000;
    for (const of of [values, values.map((value) => value / 100)]) {
      expect(detectAnomalies(of).map(({ index, kind }) => [index, kind])).toEqual([
        [102, 'drop'],
        [303, 'spike'],
      ]);
    }
  });

  test('single refunds are no anomaly, in cents as in euros, and a day of many is', () => {
    const source = random(9);
    const cents = Array.from({ length: 400 }, () =>
      source.uniform() < 0.2 ? Math.round(500 * Math.exp(3 * source.uniform())) : 0,
    );
    expect(detectAnomalies(cents)).toEqual([]);
    cents[300] = 80_000;
    const euros = cents.map((value) => value / 100);
    for (const values of [cents, euros]) expect(detectAnomalies(values).map(({ index }) => index)).toEqual([300]);
  });

  test('one other value among equal ones', () => {
    const values = Array.from({ length: 200 }, (_, day) => (day === 120 ? 150 : 100));
    expect(detectAnomalies(values).map(({ index, kind }) => ({ index, kind }))).toEqual([
      { index: 120, kind: 'spike' },
    ]);
  });

  test('over gaps of weeks', () => {
    const values: (number | null)[] = quiet(365);
    values.fill(null, 100, 130);
    values.fill(null, 0, 12);
    values[150] = 3_000;
    expect(detectAnomalies(values).map(({ index }) => index)).toEqual([150]);
  });
});

// Few series, for the time of a test: `npm run bench -- insights-series` has hundreds, and the goals.
test('on daily series of shops it finds more, and less that is false, than a trailing z-score', () => {
  const all = FAMILIES.flatMap((family) => [901, 902, 903].map((seed) => shopSeries(family, seed)));
  const ours = all.map(({ labels, values }) =>
    score(
      labels,
      detectAnomalies(values).map(({ index }) => index),
    ),
  );
  const theirs = all.map(({ labels, values }) => score(labels, trailingZScore(values)));
  const { f1, shifts } = summarize(ours);
  expect(f1).toBeGreaterThan(0.85);
  expect(shifts).toBeGreaterThan(0.6);
  expect(f1).toBeGreaterThan(1.25 * summarize(theirs).f1);
});

/** The place of the least that a series has, beside its range. */
const AWAY = 0.2;

/** Moved up, so that it is away from zero. */
function awayFromZero(values: readonly (number | null)[]): (number | null)[] {
  const known = values.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const plus = 50 + AWAY * (most - least) - Math.min(0, least);
  return values.map((value) => value && value + plus);
}

describe('properties', () => {
  const indices = (values: readonly (number | null)[]) =>
    detectAnomalies(values).map(({ index, kind }) => `${kind} ${index}`);

  test('scaling and shifting the values by constants changes no index', () => {
    const short = anySeries({ minLength: 20, maxLength: 420, isAwayFromZero: true });
    const long = anySeries({ minLength: 548, maxLength: 1_600, isAwayFromZero: true });
    const series = fc.oneof({ arbitrary: short, weight: 5 }, { arbitrary: long, weight: 1 }).map(awayFromZero);
    const digits = fc.double({ min: -6, max: 9, noNaN: true });
    const factor = fc.oneof(
      fc.constantFrom(1e-6, 1 / 3, 1e9),
      digits.map((own) => 10 ** own),
    );
    const offset = fc.double({ min: 0, max: 10, noNaN: true });
    fc.assert(
      fc.property(series, factor, offset, (values, times, plus) => {
        const most = Math.max(...values.map((value) => value ?? 0));
        const changed = values.map((value) => (value === null ? null : (value + plus * most) * times));
        expect(indices(changed)).toEqual(indices(values));
      }),
      { numRuns: 60 },
    );
  });

  test('a constant series has no anomaly, whatever is unknown of it', () => {
    const value = fc.oneof(
      fc.double({ min: -1e15, max: 1e15, noNaN: true }),
      fc.integer({ min: -5, max: 5 }),
      fc.constantFrom(1e-300, 1e150),
    );
    const known = fc.array(fc.boolean(), { maxLength: 1_600, size: 'max' });
    fc.assert(
      fc.property(value, known, fc.boolean(), (own, isKnown, isWhole) => {
        expect(detectAnomalies(isKnown.map((one) => (one || isWhole ? own : null)))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test('whatever the values are, no number is NaN and lower ≤ expected ≤ upper', () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.integer({ min: 0, max: 5 }),
      fc.double({ min: -1e15, max: 1e15, noNaN: true }),
      fc.constantFrom(0, 1e15, -1e15, 100),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 120 }), (values) => {
        for (const { index, expected, lower, upper, score } of detectAnomalies(values)) {
          expect(index).toBeLessThan(values.length);
          expect(lower).toBeLessThanOrEqual(expected);
          expect(expected).toBeLessThanOrEqual(upper);
          expect(score >= 0 && score <= 1).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('bad input', () => {
  test('of nothing, one value, zeros and unknown values there is nothing to say', () => {
    for (const values of [[], [5], new Array<number>(400).fill(0), new Array<null>(50).fill(null)]) {
      expect(detectAnomalies(values)).toEqual([]);
    }
  });

  test('values below zero and as large as 1e15 are judged as others', () => {
    for (const change of [(value: number) => value - 5_000, (value: number) => value * 1e12]) {
      const values = quiet(365).map(change);
      values[200] = change(3_000);
      expect(detectAnomalies(values).map(({ index }) => index)).toEqual([200]);
    }
  });

  test.each([1e4, 1e9, 1e15, -1e15, 1e150])(
    'one value of %d among others changes nothing of what is expected',
    (value) => {
      const values = quiet(730, 8);
      values[500] = value;
      const found = detectAnomalies(values);
      expect(found.map(({ index, kind }) => ({ index, kind }))).toEqual([
        { index: 500, kind: value > 0 ? 'spike' : 'drop' },
      ]);
      expect((found[0]?.expected ?? 0) / 1_500).toBeCloseTo(1, 0);
    },
  );

  test('20 years are judged in parts, each by its own time', () => {
    const values = quiet(7_300, 9);
    for (const day of [100, 3_000, 7_200]) values[day] = (values[day] ?? 0) * 2;
    const found = detectAnomalies(values).map(({ index }) => index);
    expect(found).toEqual(expect.arrayContaining([100, 3_000, 7_200]));
    expect(found.length).toBeLessThanOrEqual(6);
  });

  test('NaN, infinite values and impossible seasons are errors that say where', () => {
    expect(() => detectAnomalies([1, Number.NaN])).toThrow(ArgumentError);
    expect(() => detectAnomalies([1, Number.NaN])).toThrow('values[1] is NaN');
    expect(() => detectAnomalies([Number.POSITIVE_INFINITY])).toThrow('values[0] is Infinity');
    expect(() => detectAnomalies([1, 2], { seasons: [1] })).toThrow('A season of 1 values is invalid');
  });

  test.each([[['7']], ['7'], [7], [null]])(
    'seasons that are no list of numbers are refused everywhere: %j',
    (seasons) => {
      for (const run of [detectAnomalies, decompose, forecast]) {
        expect(() => Reflect.apply(run, undefined, [[1, 2, 3], { seasons, horizon: 2 }])).toThrow(ArgumentError);
      }
    },
  );
});
