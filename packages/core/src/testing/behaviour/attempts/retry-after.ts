/** Behaviour: `RetryAfterError`, which puts a job off without using up an attempt. */

import { expect, it } from 'vitest';
import { z } from 'zod';
import { defined } from '../../../defined.js';
import { PermanentError, RetryAfterError } from '../../../errors.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const calls = (maxRetryAfter?: number) =>
  defineQueue({
    name: uniqueName('calls'),
    schema: z.object({ n: z.number() }),
    ...defined({ maxRetryAfter }),
    defaults: { attempts: 2, backoff: { type: 'fixed', delay: 0 } },
  });

export function describeRetryAfter(bed: TestBed): void {
  it('comes back after that time, and no attempt is used up', async () => {
    const queue = calls();
    const jobs = bed.open([queue]);
    const seen: { attempt: number; at: number }[] = [];
    const failed = record(jobs, 'job:failed');
    const completed = record(jobs, 'job:completed');
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ attempt }) {
          seen.push({ attempt, at: Date.now() });
          if (seen.length <= 3) throw new RetryAfterError(60);
          if (seen.length === 4) throw new Error('a real failure');
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await until(() => expect(completed).toHaveLength(1));
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 2]);
    for (const index of [1, 2, 3]) {
      expect((seen[index]?.at ?? 0) - (seen[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(59);
    }
    expect(failed.map(({ attempt, willRetry }) => [attempt, willRetry])).toEqual([[1, true]]);
    expect(completed[0]).toMatchObject({ id, attempt: 2, maxAttempts: 2 });
    expect(await jobs.queue(queue).get(id)).toMatchObject({ state: 'completed', attemptsMade: 2 });
  });

  it('waits as a delayed job, and gives its place to others', async () => {
    const queue = calls();
    const jobs = bed.open([queue]);
    const ran: number[] = [];
    await jobs.queue(queue).addMany([1, 2, 3].map((n) => ({ data: { n } })));
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        concurrency: 1,
        process({ data }) {
          ran.push(data.n);
          if (data.n === 1 && ran.length === 1) throw new RetryAfterError(3_600_000);
        },
      }),
    );
    await until(() => expect(ran).toEqual([1, 2, 3]));
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 1, failed: 0 });
    const [delayed] = (await jobs.queue(queue).list({ state: 'delayed' })).jobs;
    expect(delayed).toMatchObject({ data: { n: 1 }, attemptsMade: 0 });
    expect(await jobs.queue(queue).promote(delayed?.id ?? '')).toBe(true);
    await until(() => expect(ran).toEqual([1, 2, 3, 1]));
  });

  it('comes back at once for 0 ms', async () => {
    const queue = calls();
    const jobs = bed.open([queue]);
    const seen: number[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ attempt }) {
          seen.push(attempt);
          if (seen.length < 3) throw new RetryAfterError(0);
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await jobs.queue(queue).waitFor(id);
    expect(seen).toEqual([1, 1, 1]);
  });

  it('is bounded: in the end the job fails for good, and says why', async () => {
    const queue = calls(250);
    const jobs = bed.open([queue]);
    const starts: number[] = [];
    const exhausted: Error[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process() {
          starts.push(Date.now());
          throw new RetryAfterError(100, 'the shop is busy');
        },
        onExhausted: (_job, error) => void exhausted.push(error),
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    const error = await rejection(jobs.queue(queue).waitFor(id));
    expect(error).toBeInstanceOf(PermanentError);
    for (const text of ['maxRetryAfter', '250 ms', 'the shop is busy']) expect(error.message).toContain(text);
    const job = await jobs.queue(queue).get(id);
    expect((starts.at(-1) ?? 0) - (job?.createdAt ?? 0)).toBeGreaterThanOrEqual(249);
    expect(starts.length).toBeLessThanOrEqual(5);
    expect(exhausted).toHaveLength(1);
  });

  it('never puts a job off beyond the bound, and counts it from the end of the delay', async () => {
    const queue = calls(1_000);
    const jobs = bed.open([queue]);
    const starts: number[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process() {
          starts.push(Date.now());
          throw new RetryAfterError(24 * 3_600_000);
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 }, { delay: 150 });
    await rejection(jobs.queue(queue).waitFor(id));
    const created = (await jobs.queue(queue).get(id))?.createdAt ?? 0;
    expect(starts).toHaveLength(2);
    expect((starts[1] ?? 0) - created).toBeGreaterThanOrEqual(1_149);
  });

  it('starts the bound anew for a job that is retried by hand', async () => {
    const queue = calls(2_000);
    const jobs = bed.open([queue]);
    let isBusy = true;
    let starts = 0;
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process() {
          starts += 1;
          if (isBusy) throw new RetryAfterError(150);
        },
      }),
    );
    const handle = jobs.queue(queue);
    const ids = (await handle.addMany([{ data: { n: 1 } }, { data: { n: 2 } }])).map(({ id }) => id);
    await until(async () => expect(await handle.counts()).toMatchObject({ failed: 2 }));
    // Long after their first life was over, the jobs are put off once more.
    const before = starts;
    expect(await handle.retry(ids[0] ?? '')).toBe(true);
    expect(await handle.retryFailed()).toBe(1);
    await until(() => expect(starts).toBeGreaterThanOrEqual(before + 4));
    isBusy = false;
    await until(async () => expect(await handle.counts()).toMatchObject({ completed: 2, failed: 0 }));
  });
}
