import { expect, it } from 'vitest';
import { ProcessorDefinitionError } from '../errors.js';
import { DEFAULT_CONCURRENCY, resolveConcurrency } from './concurrency.js';

it('the start of the worker wins over the environment, the registration and the processor', () => {
  const sources = { start: 1, environment: 2, registration: 3, processor: 4 };
  expect(resolveConcurrency('email-sending', sources)).toBe(1);
  expect(resolveConcurrency('email-sending', { ...sources, start: undefined })).toBe(2);
  expect(resolveConcurrency('email-sending', { registration: 3, processor: 4 })).toBe(3);
  expect(resolveConcurrency('email-sending', { processor: 4 })).toBe(4);
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

it.each([0, -1, 1.5, Number.NaN])('%s is no concurrency', (start) => {
  expect(() => resolveConcurrency('mine', { start })).toThrow(ProcessorDefinitionError);
});
