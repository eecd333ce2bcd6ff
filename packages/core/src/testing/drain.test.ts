import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RetryAfterError } from '../errors.js';
import { type AnyProcessorDefinition, defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { createTestJobs, type TestJobsOptions } from './test-jobs.js';

const pages = defineQueue({ name: 'pages', schema: z.object({ page: z.number() }) });

const opened: { close(): Promise<void> }[] = [];
/** Jobs of one queue with one processor. */
function open(
  process: AnyProcessorDefinition['process'],
  options: Partial<TestJobsOptions<readonly [typeof pages]>> = {},
) {
  const processor = defineProcessor({ queue: pages, enqueues: [pages], process: (job) => process(job) });
  const jobs = createTestJobs({ queues: [pages], processors: [processor], now: 0, ...options });
  opened.push(jobs);
  return jobs;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((jobs) => jobs.close()));
});

describe('drain', () => {
  test('runs what is due, one after the other, and what that enqueues', async () => {
    const seen: number[] = [];
    const jobs = open(async (job) => {
      seen.push(job.data.page);
      if (job.data.page < 4) await job.enqueue(pages, { page: job.data.page + 2 });
    });
    await jobs.queue(pages).add({ page: 2 }, { priority: 2 });
    await jobs.queue(pages).add({ page: 1 });
    expect(await jobs.drain()).toEqual({ completed: 5, failed: 0, retried: 0, delayed: 0, unprocessed: 0 });
    expect(seen).toEqual([1, 3, 5, 2, 4]);
    expect(await jobs.drain()).toMatchObject({ completed: 0 });
  });

  test('runs delayed jobs when the clock has reached them, and not before', async () => {
    const seen: number[] = [];
    const jobs = open((job) => void seen.push(job.data.page));
    await jobs.queue(pages).add({ page: 1 }, { delay: 60_000 });
    jobs.clock.advance(59_999);
    expect(await jobs.drain()).toMatchObject({ completed: 0 });
    jobs.clock.advance(1);
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    await jobs.queue(pages).add({ page: 2 }, { delay: 60_000 });
    jobs.clock.set('2030-01-01');
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    expect(() => jobs.clock.set('no time')).toThrow(RangeError);
  });

  test('tries failed jobs again at the times of their backoff', async () => {
    const times: number[] = [];
    const jobs = open(() => {
      times.push(jobs.clock.now());
      throw new Error('not now');
    });
    await jobs.queue(pages).add({ page: 1 }, { attempts: 4 });
    expect(await jobs.drain()).toMatchObject({ retried: 1, failed: 0 });
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ retried: 2, failed: 1 });
    expect(times).toEqual([0, 2_000, 6_000, 14_000]);
  });

  test('takes jitter from the given randomness', async () => {
    const times: number[] = [];
    const fail = () => {
      times.push(jobs.clock.now());
      throw new Error('not now');
    };
    const jobs = open(fail, { random: () => 0.5 });
    await jobs.queue(pages).add({ page: 1 }, { attempts: 3, backoff: { type: 'fixed', delay: 1_000, jitter: 0.4 } });
    await jobs.drain({ withDelayed: true });
    expect(times).toEqual([0, 800, 1_600]);
  });

  test('puts off by RetryAfterError without an attempt spent', async () => {
    let wait = true;
    const jobs = open(() => {
      if (wait) throw new RetryAfterError(30_000);
    });
    await jobs.queue(pages).add({ page: 1 });
    expect(await jobs.drain()).toMatchObject({ delayed: 1, retried: 0 });
    expect(jobs.enqueued(pages)).toMatchObject([{ state: 'delayed', attemptsMade: 0, delay: 30_000 }]);
    wait = false;
    jobs.clock.advance(30_000);
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
  });

  test('bounds RetryAfterError by the clock as in production', async () => {
    const jobs = open(() => {
      throw new RetryAfterError(3_600_000);
    });
    await jobs.queue(pages).add({ page: 1 });
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ delayed: 24, failed: 1 });
    expect(jobs).toHaveFailed(pages, {}, { reason: 'allows, and has run 25 times' });
  });

  test('keeps rate limits on the clock, also the shortest', async () => {
    for (const per of [1_000, 10]) {
      const limited = defineQueue({
        name: 'limited',
        schema: z.object({ n: z.number() }),
        rateLimit: { key: 'all', max: 2, per },
      });
      const times: number[] = [];
      const jobs = createTestJobs({
        queues: [limited],
        processors: [defineProcessor({ queue: limited, process: () => void times.push(jobs.clock.now()) })],
        now: 0,
      });
      opened.push(jobs);
      await jobs.queue(limited).addMany([0, 1, 2, 3, 4].map((n) => ({ data: { n } })));
      expect(await jobs.drain()).toMatchObject({ completed: 2, delayed: 3 });
      expect(await jobs.drain({ withDelayed: true })).toMatchObject({ completed: 3, delayed: 0 });
      expect(times).toEqual([0, 0, per, per, 2 * per]);
    }
  });

  test('says that it does not end', async () => {
    const jobs = open(async (job) => void (await job.enqueue(pages, job.data)));
    await jobs.queue(pages).add({ page: 1 });
    await expect(jobs.drain({ limit: 50 })).rejects.toThrow(
      /50 attempts \(pages 50\), and queue "pages" still has jobs/,
    );

    const later = open(async (job) => void (await job.enqueue(pages, job.data, { delay: 60_000 })));
    await later.queue(pages).add({ page: 1 });
    expect(await later.drain()).toMatchObject({ completed: 1 });
    await expect(later.drain({ withDelayed: true, limit: 50 })).rejects.toThrow(
      /50 attempts \(pages 50\), and jobs are still delayed/,
    );

    const put = open(() => {
      throw new RetryAfterError(1_000);
    });
    await put.queue(pages).add({ page: 1 });
    await expect(put.drain({ withDelayed: true, limit: 50 })).rejects.toThrow(/\(pages 50\).* or puts itself off/);
  });

  test('leaves what is paused', async () => {
    const jobs = open(() => {});
    await jobs.queue(pages).pause();
    await jobs.queue(pages).add({ page: 1 });
    await jobs.queue(pages).add({ page: 1 }, { delay: 1_000 });
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ completed: 0, unprocessed: 0 });
    await jobs.queue(pages).resume();
    expect(await jobs.drain()).toMatchObject({ completed: 2 });
  });

  test('forgets finished jobs when the clock says so', async () => {
    const jobs = open(() => {});
    await jobs.queue(pages).add({ page: 1 });
    await jobs.drain();
    jobs.clock.advance(24 * 3_600_000 + 1);
    await jobs.queue(pages).add({ page: 2 });
    await jobs.drain();
    expect(await jobs.queue(pages).counts()).toMatchObject({ completed: 1 });
    // The test sees both all the same.
    expect(jobs).toHaveCompleted(pages, {}, { times: 2 });
  });
});
