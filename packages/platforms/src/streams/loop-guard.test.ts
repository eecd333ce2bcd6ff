import { expect, it } from 'vitest';
import { loopGuard } from './loop-guard.js';

it.each([1, 2, 3, 10, 1_000])('a circle of %d pages is seen within three rounds, and some', (length) => {
  const next = loopGuard('The pages');
  let steps = 0;
  const walk = () => {
    // Some pages that lead into the circle.
    for (; ; steps++) next(steps < 5 ? `start ${steps}` : `page ${steps % length}`);
  };
  expect(walk).toThrow('The pages: its pages go in a circle');
  expect(steps).toBeLessThanOrEqual(3 * length + 20);
});

it('pages that go on are no circle', () => {
  const next = loopGuard('The pages');
  for (let page = 0; page < 10_000; page++) next(`page ${page}`);
});
