import { expect, it } from 'vitest';
import { WorkerEnd } from './drain.js';

it.each([
  [25_000, 20_000],
  [9_000, 7_200],
  [600_000, 595_000],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [0, 0],
])('of %d ms for the end of a worker, running jobs get %d', (total, wait) => {
  expect(new WorkerEnd(total).wait).toBe(wait);
});

it('limits what follows to what is left, and leaves a hurried worker 5 s to give its jobs back', () => {
  const [long, short] = [new WorkerEnd(600_000), new WorkerEnd(0)];
  expect(long.atMost(3_000)).toBe(3_000);
  for (const time of [new WorkerEnd(9_000), short]) {
    expect(time.atMost(60_000)).toBeLessThanOrEqual(9_000);
    expect(time.atMost(60_000)).toBeGreaterThan(0);
  }
  expect(short.atMost(60_000)).toBeLessThanOrEqual(5_000);
});
