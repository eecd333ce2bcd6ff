import { expect, it, vi } from 'vitest';
import { JobCancelledError } from '../errors.js';
import { silentLogger } from '../logger.js';
import { logFailure } from './failure-line.js';

const job = { queue: 'mails', id: '42', attempt: 1, maxAttempts: 2 };

function log(error: Error, isFinal: boolean, attempt = job) {
  const logger = { ...silentLogger, warn: vi.fn(), error: vi.fn() };
  logFailure(logger, attempt, error, isFinal);
  return { warnings: logger.warn.mock.calls, errors: logger.error.mock.calls };
}

it('logs a failure that is tried again as a warning', () => {
  const err = new Error('the mail server is away');
  expect(log(err, false)).toEqual({
    warnings: [[{ queue: 'mails', job: '42', err }, 'attempt 1 of 2 failed: the mail server is away']],
    errors: [],
  });
});

it('logs a final failure as an error in one line, with the command that shows the job', () => {
  const err = new Error('never\n  again');
  const line =
    'job 42 of mails failed permanently (attempt 1 of 2): never again; to see it: bizinsights-jobs job mails 42';
  expect(log(err, true)).toEqual({ warnings: [], errors: [[{ queue: 'mails', job: '42', err }, line]] });
});

it('quotes an id that a shell would not take as one word', () => {
  const lineOf = (id: string) => String(log(new Error('no'), true, { ...job, id }).errors[0]?.[1]);
  expect(lineOf("ann's mail; rm x")).toMatch(/bizinsights-jobs job mails 'ann'\\''s mail; rm x'$/);
  expect(lineOf('-f')).toMatch(/bizinsights-jobs job mails -- '-f'$/);
});

it('logs a cancellation, which somebody has asked for, as a warning', () => {
  const { warnings, errors } = log(new JobCancelledError('not needed'), true);
  expect(warnings[0]?.[1]).toBe('job 42 of mails was cancelled (attempt 1 of 2): not needed');
  expect(errors).toEqual([]);
});
