import { expect, test } from 'vitest';
import type { Step } from './level/steps.js';
import { withoutYearly } from './year.js';

const YEAR = 365.25;
const THREE_YEARS = Array.from({ length: 1_096 }, (_, place) => place);

const step = (index: number, size: number): Step => ({ index, size, score: 20 * Math.sign(size) });
const kept = (steps: readonly Step[], places: readonly number[] = THREE_YEARS) =>
  withoutYearly(steps, YEAR, places).map(({ index }) => index);

test('a step that comes back in each other year is a season, and one that came in one of two is none', () => {
  expect(kept([step(200, -0.5), step(563, -0.6), step(931, -0.4)])).toEqual([]);
  expect(kept([step(563, -0.6), step(931, -0.4)])).toEqual([563, 931]);
});

test('where one other year is known, what came in it too is a season', () => {
  const places = THREE_YEARS.slice(400);
  expect(kept([step(563, -0.6), step(931, -0.4)], places)).toEqual([]);
  // Near the ends of what is known a step could not be found.
  expect(kept([step(563, -0.6), step(931, -0.4)], THREE_YEARS.slice(190))).toEqual([]);
});

test('another size, another direction and other days are another step', () => {
  expect(kept([step(200, -0.5), step(566, 0.5), step(931, -0.5)])).toEqual([200, 566, 931]);
  expect(kept([step(200, -0.5), step(566, -2), step(931, -0.5)])).toEqual([200, 566, 931]);
  expect(kept([step(200, -0.5), step(590, -0.5)])).toEqual([200, 590]);
  expect(withoutYearly([step(200, 1), step(566, 1)], undefined, THREE_YEARS)).toHaveLength(2);
});
