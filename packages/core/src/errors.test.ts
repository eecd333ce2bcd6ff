import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as errors from './errors.js';

const { ERROR_CODES, JobDataError, JobsError, RetryAfterError, toError, toIssues } = errors;

describe('the errors', () => {
  it('have the codes of the design', () => {
    expect(ERROR_CODES).toMatchObject({
      JobDataError: 'JOB_DATA_INVALID',
      JobResultError: 'JOB_RESULT_INVALID',
      JobTimeoutError: 'JOB_TIMEOUT',
      JobCancelledError: 'JOB_CANCELLED',
      PermanentError: 'JOB_PERMANENT',
      RetryAfterError: 'JOB_RETRY_AFTER',
      UnknownQueueError: 'QUEUE_UNKNOWN',
      QueueDefinitionError: 'QUEUE_INVALID',
      JobOptionsError: 'JOB_OPTIONS_INVALID',
      ScheduleError: 'SCHEDULE_INVALID',
      EngineUnavailableError: 'ENGINE_UNAVAILABLE',
      EmbeddedLockedError: 'EMBEDDED_LOCKED',
      ClockSkewError: 'CLOCK_SKEW',
      ConfigError: 'CONFIG_INVALID',
    });
    expect(new Set(Object.values(ERROR_CODES)).size).toBe(Object.keys(ERROR_CODES).length);
  });

  it.each(Object.entries(ERROR_CODES))('%s is a JobsError with the code %s, by name', (name, code) => {
    const Class = Object.entries(errors).find(([key]) => key === name)?.[1];
    if (typeof Class !== 'function') throw new Error(`${name} is not exported`);
    const argument = name === 'RetryAfterError' ? 5 : 'message';
    const error: unknown = Reflect.construct(Class, [argument, []]);
    expect(error).toBeInstanceOf(JobsError);
    expect(error).toMatchObject({ name, code });
  });

  it('list issues with their paths as a reader writes them', () => {
    const error = new JobDataError('Not valid', [
      { path: ['items', 0, 'sku'], message: 'is missing' },
      { path: [], message: 'is no object' },
    ]);
    expect(error.message).toBe('Not valid\n  - items[0].sku: is missing\n  - (root): is no object');
    const many = Array.from({ length: 5_000 }, (_, index) => ({ path: [index], message: 'is wrong' }));
    expect(new JobDataError('Not valid', many).message).toMatch(
      /- \[19\]: is wrong\n {2}… and 4980 more, in `issues`$/,
    );
    expect(new JobDataError('Not valid', many).issues).toHaveLength(5_000);
  });
});

describe('toIssues', () => {
  const issuesOf = (schema: z.ZodType, value: unknown) => toIssues(schema.safeParse(value).error?.issues ?? []);
  const one = z.strictObject({ to: z.string(), variables: z.object({ name: z.string() }) });
  const many = z.strictObject({ messages: z.array(z.object({ to: z.string() })) });

  it('of a union tells the problems of the option that came nearest, with their whole paths', () => {
    const schema = z.object({ mail: z.union([one, many]) });
    expect(issuesOf(schema, { mail: { to: 'a', variables: {} } })).toMatchObject([
      { path: ['mail', 'variables', 'name'] },
    ]);
    expect(issuesOf(schema, { mail: { messages: [{ to: 'a' }, {}] } })).toMatchObject([
      { path: ['mail', 'messages', 1, 'to'] },
    ]);
    expect(issuesOf(schema, { mail: { variables: { name: 'a' } } })).toMatchObject([{ path: ['mail', 'to'] }]);
  });

  it('tells of a union without a fitting key what zod says', () => {
    const schema = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a') }),
      z.object({ kind: z.literal('b') }),
    ]);
    expect(issuesOf(schema, { kind: 'c' })).toMatchObject([{ path: ['kind'], code: 'invalid_union' }]);
  });
});

describe('RetryAfterError', () => {
  it('takes whole ms, rounded up', () => {
    expect(new RetryAfterError(1.2).delay).toBe(2);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses %s', (delay) => {
    expect(() => new RetryAfterError(delay)).toThrow(TypeError);
  });
});

describe('toError', () => {
  it('makes an Error of anything that was thrown, and keeps it as the cause', () => {
    const error = new Error('itself');
    expect(toError(error)).toBe(error);
    expect(toError('text')).toMatchObject({
      message: "Something that is not an Error was thrown: 'text'",
      cause: 'text',
    });
    expect(toError(undefined).message).toContain('undefined');
    expect(toError(Symbol('s')).message).toContain('Symbol(s)');
    expect(toError(Object.create(null)).message).toContain('Object: null prototype');
    expect(toError({ status: 500 }).message).toContain('{ status: 500 }');
    const foreign: unknown = runInNewContext('new Error("of another realm")');
    expect(toError(foreign)).toBe(foreign);
  });
});
