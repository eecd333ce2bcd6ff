import fc from 'fast-check';
import { expect, test } from 'vitest';
import { medianOf, ownMedianNear, quantileOf } from './quantile.js';

test('the median is the middle of the sorted values, ties and all', () => {
  const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ noNaN: true, min: -1e9, max: 1e9 })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(values, (list) => {
      expect(medianOf(Float64Array.from(list))).toBeCloseTo(quantileOf(Float64Array.from(list), 0.5), 6);
    }),
  );
  expect(medianOf(new Float64Array(0))).toBeNaN();
});

test('the median is the same however far the guess is off', () => {
  const distances = fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ noNaN: true, min: 0, max: 1e9 })));
  const guesses = fc.oneof(fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY), fc.double({ min: 0, max: 4 }));
  fc.assert(
    fc.property(distances, guesses, fc.double({ noNaN: true, min: 0.5, max: 1.5 }), (list, far, off) => {
      const median = medianOf(Float64Array.from(list));
      for (const guess of [far, median, median * off]) {
        expect(ownMedianNear(Float64Array.from(list), guess)).toBe(median);
      }
    }),
  );
});
