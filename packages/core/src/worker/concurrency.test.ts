import { describe, expect, it } from 'vitest';
import { ProcessorDefinitionError } from '../errors.js';
import { DEFAULT_CONCURRENCY, resolveConcurrency } from './concurrency.js';

// In this order, they win.
const GIVEN = [
  ['start', 1],
  ['environment', 2],
  ['registration', 3],
  ['processor', 4],
] as const;

describe('resolveConcurrency', () => {
  it.each([...Array(16).keys()])('takes the first place that gives one (combination %i)', (combination) => {
    const given = GIVEN.filter((_, place) => combination & (1 << place));
    const [, expected = 2] = given[0] ?? [];
    expect(resolveConcurrency('insights-generation', Object.fromEntries(given))).toBe(expected);
  });

  it.each([
    ['start', 'startWorker({ concurrency })'],
    ['environment', 'JOBS_CONCURRENCY'],
    ['registration', 'registerProcessor(…, { concurrency })'],
    ['processor', 'defineProcessor({ concurrency })'],
  ])('names where a wrong one was given: %s', (source, words) => {
    for (const wrong of [0, -1, 1.5, Number.NaN]) {
      const resolve = () => resolveConcurrency('mine', { start: 1, [source]: wrong });
      expect(resolve).toThrow(ProcessorDefinitionError);
      expect(resolve).toThrow(
        `Queue "mine": the concurrency of ${words} must be a whole number of at least 1, not ${wrong}`,
      );
    }
  });
});

it('the standard queues have the numbers of the design, and others 5', () => {
  expect(DEFAULT_CONCURRENCY).toEqual({
    'data-sync': 5,
    'insights-generation': 2,
    'webhook-processing': 10,
    'report-generation': 3,
    'email-sending': 5,
    alerts: 5,
  });
  expect(resolveConcurrency('insights-generation', {})).toBe(2);
  expect(resolveConcurrency('mine', {})).toBe(5);
});
