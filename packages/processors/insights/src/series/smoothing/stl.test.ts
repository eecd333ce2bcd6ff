import { expect, test } from 'vitest';
import { decompose } from '../decompose.js';
import reference from '../fixtures/reference.json' with { type: 'json' };
import { stl } from './stl.js';

const near = (own: ArrayLike<number>, theirs: readonly number[], size: number) => {
  const distances = theirs.map((value, index) => Math.abs(value - (own[index] ?? Number.NaN)));
  expect(Math.max(...distances)).toBeLessThan(1e-5 * size);
};

test.each(reference.stl)('takes $name apart as the robust stl of R does', ({ values, period, seasonal, trend }) => {
  const own = decompose(values, { seasons: [period] });
  const size = Math.max(...values.map(Math.abs));
  near(own.seasonal[0] ?? [], seasonal, size);
  near(own.trend, trend, size);
});

test.each(reference.stl)('finds the same periodic pattern in $name as R', ({ values, period, periodic }) => {
  const own = stl(Float64Array.from(values), { period, seasonWindow: 'periodic', robustPasses: 15 });
  const size = Math.max(...values.map(Math.abs));
  near(own.seasonal, periodic.seasonal, size);
  near(own.trend, periodic.trend, size);
});
