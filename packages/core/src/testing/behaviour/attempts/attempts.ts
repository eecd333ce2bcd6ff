/** Behaviour: attempts, the time between them, and everything that a processor may throw. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { JobFailedError, JobResultError, PermanentError } from '../../../errors.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import type { JobDefaults } from '../../../queue/job-options.js';
import { record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const quick: JobDefaults = { attempts: 3, backoff: { type: 'fixed', delay: 0 } };

const tasks = (defaults: JobDefaults = quick) =>
  defineQueue({ name: uniqueName('tasks'), schema: z.object({ n: z.number() }), defaults });

function circularError(): Error {
  const error = new Error('round');
  error.cause = error;
  return Object.assign(error, { self: error });
}

/** What may be thrown, and what the job's reason then contains. */
const THROWN: readonly (readonly [string, () => unknown, string])[] = [
  ['an error', () => new TypeError('wrong type'), 'wrong type'],
  ['a text', () => 'just a text', 'just a text'],
  ['undefined', () => undefined, 'undefined'],
  ['null', () => null, 'null'],
  ['a number', () => 42, '42'],
  ['an object', () => ({ code: 7 }), 'not an Error'],
  ['an object without a prototype', () => Object.create(null), 'not an Error'],
  ['a symbol', () => Symbol('sign'), 'sign'],
  ['an error whose cause is itself', circularError, 'round'],
  ['a frozen error', () => Object.freeze(new Error('frozen')), 'frozen'],
  ['an error without a message', () => new Error(), 'Error'],
  ['an error without a stack', () => Object.assign(new Error('bare'), { stack: undefined }), 'bare'],
  ['an error with a NUL', () => new Error('a\u0000b'), 'a'],
  ['an error with half a surrogate', () => new Error('a\ud800b'), 'a'],
  ['a long error', () => new Error(`long ${'x'.repeat(200_000)}`), 'long'],
  ['several at once', () => new AggregateError([new Error('one'), new Error('two')], 'both failed'), 'both failed'],
];

export function describeAttempts(bed: TestBed): void {
  it('stores the attempts and the backoff of the design where nothing else is said', async () => {
    const queue = tasks({});
    const engine = bed.engine();
    const { id } = await bed.open([queue], { engine }).queue(queue).add({ n: 1 });
    expect((await engine.queue(queue.name).get(id))?.opts).toMatchObject({
      attempts: 3,
      backoff: { type: 'exponential', delay: 2_000 },
    });
  });

  it('tries again after growing times, then fails for good', async () => {
    const queue = tasks({ attempts: 4, backoff: { type: 'exponential', delay: 40 } });
    const jobs = bed.open([queue]);
    const starts: number[] = [];
    const seen: unknown[] = [];
    const failed = record(jobs, 'job:failed');
    const exhausted = record(jobs, 'job:exhausted');
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ attempt, maxAttempts }) {
          starts.push(Date.now());
          seen.push([attempt, maxAttempts]);
          throw new Error(`attempt ${attempt}`);
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await until(() => expect(exhausted).toHaveLength(1));
    expect(seen).toEqual([1, 2, 3, 4].map((attempt) => [attempt, 4]));
    const waits = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
    for (const [index, least] of [40, 80, 160].entries()) expect(waits[index]).toBeGreaterThanOrEqual(least - 1);
    // Each is told of when the store has answered, and on PostgreSQL each answer comes on a connection of its own.
    const told = [...failed].sort((one, other) => one.attempt - other.attempt);
    expect(told.map(({ attempt, willRetry }) => [attempt, willRetry])).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [4, false],
    ]);
    const job = await jobs.queue(queue).get(id);
    expect(job).toMatchObject({ state: 'failed', attemptsMade: 4, maxAttempts: 4, failedReason: 'attempt 4' });
    expect(job?.stacktrace).toHaveLength(4);
    expect(job?.stacktrace[0]).toContain('attempt 1');
    expect(await rejection(jobs.queue(queue).waitFor(id))).toBeInstanceOf(JobFailedError);
  });

  it('takes a random part off the time with jitter', async () => {
    const queue = tasks({ attempts: 2, backoff: { type: 'fixed', delay: 60_000, jitter: 0.5 } });
    const jobs = bed.open([queue]);
    const failed = record(jobs, 'job:failed');
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process() {
          throw new Error('again');
        },
      }),
    );
    await jobs.queue(queue).addMany(Array.from({ length: 10 }, (_, n) => ({ data: { n } })));
    await until(() => expect(failed).toHaveLength(10));
    const delays = (await jobs.queue(queue).list({ state: 'delayed' })).jobs.map(({ delay }) => delay);
    expect(delays).toHaveLength(10);
    for (const delay of delays) {
      expect(delay).toBeGreaterThanOrEqual(30_000);
      expect(delay).toBeLessThanOrEqual(60_000);
    }
    expect(new Set(delays).size).toBeGreaterThan(1);
  });

  it.each([{ type: 'fixed', delay: 1.5 } as const, { type: 'exponential', delay: 0.3, jitter: 0.1 } as const])(
    'takes the backoff %j',
    async (backoff) => {
      const queue = tasks({ attempts: 2 });
      const jobs = bed.open([queue]);
      const attempts: number[] = [];
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          process({ attempt }) {
            attempts.push(attempt);
            if (attempt === 1) throw new Error('again');
          },
        }),
      );
      const { id } = await jobs.queue(queue).add({ n: 1 }, { backoff });
      await jobs.queue(queue).waitFor(id, { timeout: 5_000 });
      expect(attempts).toEqual([1, 2]);
    },
  );

  it('lets a job say its own number of attempts, down to one', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    const attempts: number[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ attempt }) {
          attempts.push(attempt);
          throw new Error('no');
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 }, { attempts: 1 });
    await rejection(jobs.queue(queue).waitFor(id));
    expect(attempts).toEqual([1]);
  });

  describe('a processor that throws', () => {
    it.each(THROWN)('%s: is tried again, then fails with a reason', async (_what, thrown, reason) => {
      const queue = tasks({ attempts: 2, backoff: { type: 'fixed', delay: 0 } });
      const jobs = bed.open([queue]);
      const exhausted: unknown[] = [];
      const failed = record(jobs, 'job:failed');
      const errors = record(jobs, 'worker:error');
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          process({ data }) {
            // At once and later: both ways out of `process`.
            if (data.n === 0) throw thrown();
            return Promise.reject(thrown());
          },
          onExhausted: (_job, error) => void exhausted.push(error),
        }),
      );
      const added = await jobs.queue(queue).addMany([{ data: { n: 0 } }, { data: { n: 1 } }]);
      await until(() => expect(failed).toHaveLength(4));
      for (const { id } of added) {
        const job = await jobs.queue(queue).get(id);
        expect(job).toMatchObject({ state: 'failed', attemptsMade: 2 });
        expect(job?.failedReason).toContain(reason);
        expect(job?.stacktrace).toHaveLength(2);
      }
      expect(exhausted).toHaveLength(2);
      for (const error of [...exhausted, ...failed.map((event) => event.error)]) expect(error).toBeInstanceOf(Error);
      expect(errors).toEqual([]);
    });
  });

  it('is not tried again after a PermanentError', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    const attempts: number[] = [];
    const failed = record(jobs, 'job:failed');
    const cause = new Error('404');
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ attempt }) {
          attempts.push(attempt);
          throw new PermanentError('the image is gone', { cause });
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    const error = await rejection(jobs.queue(queue).waitFor(id));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: 'JOB_PERMANENT', message: 'the image is gone' });
    expect(attempts).toEqual([1]);
    await until(() => expect(failed).toHaveLength(1));
    expect(failed[0]).toMatchObject({ attempt: 1, maxAttempts: 3, willRetry: false, error: { cause } });
    expect(await jobs.queue(queue).get(id)).toMatchObject({ state: 'failed', attemptsMade: 1 });
  });

  it('fails an attempt whose result its schema refuses, and says what is wrong', async () => {
    const queue = defineQueue({
      name: uniqueName('results'),
      schema: z.object({}),
      result: z.object({ rows: z.int(), at: z.iso.datetime() }),
      defaults: { attempts: 2, backoff: { type: 'fixed', delay: 0 } },
    });
    const jobs = bed.open([queue]);
    const failed = record(jobs, 'job:failed');
    const wrong: unknown = { rows: 'many', at: 'noon' };
    await bed.work(jobs, defineProcessor({ queue, process: () => wrong as { rows: number; at: string } }));
    const { id } = await jobs.queue(queue).add({});
    const error = await rejection(jobs.queue(queue).waitFor(id));
    expect(error).toBeInstanceOf(JobResultError);
    for (const text of [queue.name, 'rows:', 'at:']) expect(error.message).toContain(text);
    await until(() => expect(failed.map(({ willRetry }) => willRetry)).toEqual([true, false]));
    expect(failed[0]?.error).toMatchObject({
      code: 'JOB_RESULT_INVALID',
      issues: [{ path: ['rows'] }, { path: ['at'] }],
    });
  });

  it('gives the result as its schema makes it', async () => {
    const queue = defineQueue({
      name: uniqueName('results'),
      schema: z.object({}),
      result: z.object({ rows: z.number().default(0), name: z.string().transform(async (name) => name.toUpperCase()) }),
    });
    const jobs = bed.open([queue]);
    await bed.work(jobs, defineProcessor({ queue, process: () => ({ name: 'x', extra: true }) }));
    const { id } = await jobs.queue(queue).add({});
    expect(await jobs.queue(queue).waitFor(id)).toEqual({ rows: 0, name: 'X' });
    expect((await jobs.queue(queue).get(id))?.result).toEqual({ rows: 0, name: 'X' });
  });

  it.each([
    ['a bigint', () => 1n],
    ['a circle', () => Object.assign(circularError())],
  ])('ends a job whose result cannot be stored: %s', async (_what, result) => {
    const queue = defineQueue({
      name: uniqueName('results'),
      schema: z.object({}),
      result: z.unknown(),
      defaults: { attempts: 1 },
    });
    const jobs = bed.open([queue]);
    const exhausted: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: result, onExhausted: ({ id }) => void exhausted.push(id) }));
    const { id } = await jobs.queue(queue).add({});
    const ended = await rejection(jobs.queue(queue).waitFor(id));
    expect(ended).toMatchObject({ code: expect.stringMatching(/^JOB_(RESULT_INVALID|FAILED)$/) });
    await until(() => expect(exhausted).toEqual([id]));
  });

  it.each([
    ['a value', () => 5],
    ['a promise', async () => 5],
    // biome-ignore lint/suspicious/noThenProperty: that is what such a promise is.
    ['another library’s promise', () => ({ then: (resolve: (value: number) => void) => resolve(5) })],
  ])('takes %s from `process`', async (_what, process) => {
    const queue = defineQueue({ name: uniqueName('sync'), schema: z.object({}), result: z.number() });
    const jobs = bed.open([queue]);
    await bed.work(jobs, defineProcessor({ queue, process: process as () => Promise<number> }));
    const { id } = await jobs.queue(queue).add({});
    expect(await jobs.queue(queue).waitFor(id)).toBe(5);
  });
}
