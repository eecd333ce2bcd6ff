import fc from 'fast-check';
import { expect, test } from 'vitest';
import { medianOf, quantileOf } from './quantile.js';

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
