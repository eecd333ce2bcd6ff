/** Behaviour: attempts that take too long, and what they still do afterwards. */

import { expect, it } from 'vitest';
import { z } from 'zod';
import { defined } from '../../../defined.js';
import { JobTimeoutError } from '../../../errors.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { forever, gate, record, rejection, type TestBed, uniqueName, until, untilAborted } from '../test-bed.js';

const slow = (timeout: number | undefined, attempts = 2) =>
  defineQueue({
    name: uniqueName('slow'),
    schema: z.object({}),
    result: z.string(),
    defaults: { attempts, backoff: { type: 'fixed', delay: 0 }, ...defined({ timeout }) },
  });

export function describeTimeouts(bed: TestBed): void {
  it('ends an attempt that never resolves, aborts its signal, and tries again', async () => {
    const queue = slow(60);
    const jobs = bed.open([queue]);
    const failed = record(jobs, 'job:failed');
    const signals: AbortSignal[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process(job) {
          signals.push(job.signal);
          return forever;
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({});
    const error = await rejection(jobs.queue(queue).waitFor(id));
    expect(error).toBeInstanceOf(JobTimeoutError);
    expect(error.message).toContain('60 ms');
    await until(() => expect(failed.map(({ willRetry }) => willRetry)).toEqual([true, false]));
    for (const one of failed) {
      expect(one.error).toBeInstanceOf(JobTimeoutError);
      expect(one.duration).toBeGreaterThanOrEqual(55);
    }
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(signals[0]?.reason).toBeInstanceOf(JobTimeoutError);
    expect(await jobs.queue(queue).get(id)).toMatchObject({ state: 'failed', attemptsMade: 2 });
  });

  it('lets a processor that listens to its signal end by itself, as the same error', async () => {
    const queue = slow(50);
    const jobs = bed.open([queue]);
    const failed = record(jobs, 'job:failed');
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process(job) {
          if (job.attempt === 1) await untilAborted(job.signal);
          return 'in time';
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({});
    expect(await jobs.queue(queue).waitFor(id)).toBe('in time');
    expect(failed.map(({ error }) => error)).toEqual([expect.any(JobTimeoutError)]);
  });

  it('drops what a timed-out attempt returns, or throws, later', async () => {
    const queue = slow(80, 3);
    const jobs = bed.open([queue]);
    const completed = record(jobs, 'job:completed');
    const failed = record(jobs, 'job:failed');
    const [late, second, ended] = [gate(), gate(), gate()];
    let attempts = 0;
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process(job) {
          attempts += 1;
          if (job.attempt === 1) {
            await late.opened;
            return 'late';
          }
          if (job.attempt === 2) {
            await late.opened;
            throw new Error('late');
          }
          second.open();
          await ended.opened;
          return 'in time';
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({}, { timeout: 80 });
    // The third attempt has no timeout of its own to hurry it: its options are the job's.
    await second.opened;
    late.open();
    await new Promise((resolve) => setImmediate(resolve));
    ended.open();
    expect(await jobs.queue(queue).waitFor(id)).toBe('in time');
    await until(() => expect(completed).toHaveLength(1));
    expect(failed).toHaveLength(2);
    expect(attempts).toBe(3);
    expect(await jobs.queue(queue).get(id)).toMatchObject({ state: 'completed', result: 'in time', attemptsMade: 3 });
  });

  it('lets a job say its own timeout, and forgets it when the attempt is over', async () => {
    const queue = slow(undefined, 1);
    const jobs = bed.open([queue]);
    const signals: AbortSignal[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process(job) {
          signals.push(job.signal);
          return job.id === 'hangs' ? forever : 'done';
        },
      }),
    );
    const handle = jobs.queue(queue);
    await handle.add({}, { id: 'hangs', timeout: 40 });
    await handle.add({}, { id: 'quick', timeout: 40 });
    expect(await handle.waitFor('quick')).toBe('done');
    expect(await rejection(handle.waitFor('hangs'))).toBeInstanceOf(JobTimeoutError);
    expect(signals.filter(({ aborted }) => aborted)).toHaveLength(1);
  });

  it('counts an attempt from its start, not from when it was enqueued or delayed', async () => {
    const queue = slow(150, 1);
    const jobs = bed.open([queue]);
    const { id } = await jobs.queue(queue).add({}, { delay: 200 });
    await bed.work(jobs, defineProcessor({ queue, process: () => 'done' }));
    expect(await jobs.queue(queue).waitFor(id)).toBe('done');
  });

  it('frees the place of a hanging attempt for other jobs', async () => {
    const queue = slow(60, 1);
    const jobs = bed.open([queue]);
    const { id } = await jobs.queue(queue).add({});
    const next = await jobs.queue(queue).add({}, { timeout: 10_000 });
    await bed.work(
      jobs,
      defineProcessor({ queue, concurrency: 1, process: (job) => (job.id === id ? forever : 'done') }),
    );
    expect(await jobs.queue(queue).waitFor(next.id)).toBe('done');
  });
}
