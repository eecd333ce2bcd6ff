import { expect, test } from 'vitest';
import { detectAnomalies } from '../detect-anomalies.js';
import { random } from '../fixtures/random.js';
import { eventsOfCounts } from './events-of-counts.js';

test('beside counts that vary more than by chance an event is larger', () => {
  const means = new Float64Array(730).fill(2);
  const [poisson, varied] = [undefined, 2].map((size) => {
    const source = random(3);
    const counts = Float64Array.from(means, () => source.count(2, size));
    return eventsOfCounts(counts, means, size ?? Number.POSITIVE_INFINITY).usual(2).upper;
  });
  expect(poisson).toBeGreaterThanOrEqual(7);
  expect(poisson).toBeLessThanOrEqual(10);
  expect(varied).toBeGreaterThan(1.5 * (poisson ?? 0));
});

test('events that are among the counts hide no others', () => {
  const source = random(6);
  const means = new Float64Array(730).fill(1);
  const counts = Float64Array.from(means, () => source.count(1));
  for (const index of [100, 200, 300, 400, 500]) counts[index] = 12;
  // By all counts the size would be about 1.
  const { noise, usual } = eventsOfCounts(counts, means, 1);
  expect(noise(12, 1)).toBeLessThan(0.01);
  expect(usual(1).upper).toBeLessThan(9);
  expect(noise(2, 1)).toBeGreaterThan(0.95);
});

test('a day without a sale is an event where many are usual', () => {
  const source = random(7);
  const means = new Float64Array(730).fill(9);
  const counts = Float64Array.from(means, () => source.count(9));
  const { usual } = eventsOfCounts(counts, means, Number.POSITIVE_INFINITY);
  expect(usual(12).lower).toBeGreaterThan(0);
  expect(usual(1).lower).toBe(0);
});

test.each([1e6, 1e9, 1e15])('a count of %d among counts near zero is an event, and takes no longer', (count) => {
  const source = random(8);
  const counts = Float64Array.from({ length: 200 }, () => source.count(1));
  counts[180] = count;
  const [event, ...others] = detectAnomalies([...counts]).filter(({ index }) => index >= 170 && index < 190);
  expect(event).toMatchObject({ index: 180, kind: 'spike', value: count });
  expect(others).toEqual([]);
  // Nothing was counted until then: all that follows is on the new level.
  const shift = detectAnomalies(Array.from(counts, (_, index) => (index < 100 ? 0 : count)));
  expect(shift.map(({ index, kind }) => `${kind} ${index}`)).toContain('shift 100');
});
