import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Anomaly, Found } from '../anomaly.js';
import { detectAnomalies } from '../detect-anomalies.js';
import { anySeries } from '../fixtures/any-series.js';
import { random } from '../fixtures/random.js';
import { FAMILIES, shopSeries } from '../fixtures/shop-series.js';
import { steadyAnomalies } from './steady.js';

interface Change {
  readonly changed: number;
  readonly judged: number;
}

/** How many judgements more than 30 values back change with the last of the values, and how many there are. */
function changeByLast(
  values: readonly (number | null)[],
  judge: (values: readonly (number | null)[]) => readonly Anomaly[],
): Change {
  const before = values.slice(0, -1);
  const isOld = (index: number) => index < before.length - 30;
  const kindsAt = (of: readonly (number | null)[]) => {
    const kinds = new Map<number, string>();
    for (const { index, kind } of judge(of)) {
      if (isOld(index)) kinds.set(index, `${kinds.get(index) ?? ''} ${kind}`);
    }
    return kinds;
  };
  const [one, other] = [kindsAt(before), kindsAt(values)];
  const places = [...new Set([...one.keys(), ...other.keys()])];
  return {
    changed: places.filter((index) => one.get(index) !== other.get(index)).length,
    judged: before.filter((value, index) => value !== null && isOld(index)).length,
  };
}

test('one more value changes at most 1 % of the judgements more than 30 values back', () => {
  // What comes next is as what came before, or something else.
  const next = fc.option(fc.double({ min: -1, max: 4, noNaN: true }), { freq: 2 });
  fc.assert(
    fc.property(anySeries({ minLength: 20, maxLength: 420 }), next, (values, times) => {
      const last = values.findLast((value) => value !== null) ?? 0;
      const { changed, judged } = changeByLast(times === null ? values : [...values, last * times], detectAnomalies);
      expect(changed).toBeLessThanOrEqual(0.01 * judged);
    }),
    { numRuns: 100 },
  );
});

test('the same of longer series', () => {
  const restless = anySeries({ minLength: 548, maxLength: 1_500, isRestless: true });
  const others = anySeries({ minLength: 548, maxLength: 2_500 });
  const next = fc.option(fc.double({ min: -1, max: 4, noNaN: true }), { freq: 2 });
  fc.assert(
    fc.property(fc.oneof(restless, others), next, (values, times) => {
      const last = values.findLast((value) => value !== null) ?? 0;
      const { changed, judged } = changeByLast(times === null ? values : [...values, last * times], detectAnomalies);
      expect(changed).toBeLessThanOrEqual(0.01 * judged);
    }),
    { numRuns: 12 },
  );
});

test('the same of shops of a year and a half to two years', () => {
  const shop = fc.record({
    family: fc.constantFrom(...FAMILIES),
    seed: fc.integer({ min: 1, max: 1e6 }),
    days: fc.integer({ min: 548, max: 730 }),
  });
  fc.assert(
    fc.property(shop, fc.double({ min: 0, max: 3, noNaN: true }), ({ family, seed, days }, times) => {
      const { values } = shopSeries(family, seed, { days });
      const { changed, judged } = changeByLast([...values, (values.at(-1) ?? 0) * times], detectAnomalies);
      expect(changed).toBeLessThanOrEqual(0.01 * judged);
    }),
    { numRuns: 16 },
  );
});

// Where a fit begins to have waves of the year, chooses its curves, begins later, and where all changes are made.
test('the same with each value around the places where a fit becomes another one', () => {
  const lengths = [546, 560, 714, 1_470].flatMap((anchor) => [-1, 0, 13, 21].map((more) => anchor + more));
  const length = fc.constantFrom(...lengths);
  const series = anySeries({ minLength: 1_492, maxLength: 1_492, isRestless: true });
  fc.assert(
    fc.property(series, length, (values, count) => {
      for (const own of [count, count + 1]) {
        const { changed, judged } = changeByLast(values.slice(0, own), detectAnomalies);
        expect(changed, `at ${own}`).toBeLessThanOrEqual(0.01 * judged);
      }
    }),
    { numRuns: 8 },
  );
});

describe('whatever the fits find', () => {
  const anomaly = (index: number, kind: Anomaly['kind']): Anomaly => ({
    ...{ index, kind, value: 0, expected: 0, lower: 0, upper: 0, score: 0.6 },
  });
  const found = (anomalies: readonly Anomaly[]): Found => ({
    anomalies: anomalies.toSorted((a, b) => a.index - b.index),
    shiftFrom: (index, from) => anomaly(Math.max(index, from), 'shift'),
  });

  test('the share holds with each value that is added, up to six changes from one fit to the next', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.constantFrom(0, 0.3), (seed, unknown) => {
        const source = random(seed);
        const all = Array.from({ length: 420 }, (_, index) => ({
          index,
          isAnomaly: source.uniform() < 0.05,
          kind: source.pick(['spike', 'drop'] as const),
        }));
        const values = all.map(() => (source.uniform() < unknown ? null : 1));
        // What is unknown is judged by nothing.
        const judged = all.filter(({ index }) => values[index] !== null);
        const find = (count: number): Found => {
          // Three are judged otherwise than by most fits.
          const own = random(seed + count);
          const others = new Set(Array.from({ length: 3 }, () => Math.floor(own.between(0, count))));
          return found(
            judged
              .filter(({ index, isAnomaly }) => index < count && isAnomaly !== others.has(index))
              .map(({ index, kind }) => anomaly(index, kind)),
          );
        };
        const judge = (of: readonly (number | null)[]) =>
          steadyAnomalies(
            Float64Array.from(of, (value) => (value === null ? 0 : 1)),
            find,
          );
        for (let count = 31; count <= values.length; count++) {
          const change = changeByLast(values.slice(0, count), judge);
          expect(change.changed, `at ${count}`).toBeLessThanOrEqual(0.01 * change.judged);
        }
      }),
      { numRuns: 10 },
    );
  });

  test('the share holds where anchors are rarer, up to 70 changes from one fit to the next', () => {
    const find = (count: number): Found => {
      const own = random(count);
      const indices = new Set(Array.from({ length: 35 }, () => Math.floor(own.between(0, count - 30))));
      return found([...indices].map((index) => anomaly(index, 'spike')));
    };
    const judge = (of: readonly (number | null)[]) => steadyAnomalies(new Float64Array(of.length).fill(1), find);
    for (let count = 545; count <= 640; count++) {
      const { changed, judged } = changeByLast(new Array<number>(count).fill(1), judge);
      expect(changed, `at ${count}`).toBeLessThanOrEqual(0.01 * judged);
    }
  });

  test('a shift that they see at different places is neither lost nor doubled where it becomes old', () => {
    for (const begin of [40, 61, 90, 97]) {
      const find = (count: number) =>
        found(count < begin + 14 ? [] : [anomaly(begin - 3 + ((count * 5) % 7), 'shift')]);
      for (let count = begin + 14; count < 131; count++) {
        const shifts = steadyAnomalies(new Float64Array(count).fill(1), find);
        expect(shifts, `at ${count}`).toHaveLength(1);
        expect(Math.abs((shifts[0]?.index ?? 0) - begin)).toBeLessThanOrEqual(10);
      }
    }
  });
});
