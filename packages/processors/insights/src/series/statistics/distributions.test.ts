import { expect, test } from 'vitest';
import reference from '../fixtures/reference.json' with { type: 'json' };
import { countsAtLeast, normalTails, studentReach, studentTails } from './distributions.js';

const { tails } = reference;
const near = (own: number, theirs: number) => expect(own / theirs).toBeCloseTo(1, 7);

test('tails are those of R, far out too', () => {
  for (const [z = 0, share = 0] of tails.normal) near(normalTails(z), share);
  for (const [t = 0, freedom = 0, share = 0] of tails.student) near(studentTails(t, freedom), share);
  for (const [count = 0, mean = 0, share = 0] of tails.poisson) near(countsAtLeast(count, mean), share);
  for (const [count = 0, mean = 0, share = 0] of tails.negativeBinomial) near(countsAtLeast(count, mean, 3), share);
});

test('the reach of a share is where the tails have it', () => {
  expect(studentReach(0.05, Number.POSITIVE_INFINITY)).toBeCloseTo(1.959964, 5);
  expect(studentReach(0.05, 5)).toBeCloseTo(2.570582, 5);
});

test('at the ends of a distribution there is no NaN', () => {
  expect(countsAtLeast(0, 3)).toBe(1);
  expect(countsAtLeast(5, 0)).toBe(0);
  expect(normalTails(0)).toBe(1);
  expect(studentTails(1e200, 3)).toBe(0);
});
