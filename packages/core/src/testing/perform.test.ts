import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  JobDataError,
  JobResultError,
  PermanentError,
  ProcessorDefinitionError,
  RetryAfterError,
  UnknownQueueError,
} from '../errors.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { createTestJobs } from './test-jobs.js';

const sums = defineQueue({
  name: 'sums',
  schema: z.object({ numbers: z.array(z.number()) }),
  result: z.object({ sum: z.number() }),
});
const mails = defineQueue({ name: 'mails', schema: z.object({ to: z.string() }) });

const adder = defineProcessor({
  queue: sums,
  enqueues: [mails],
  async process(job) {
    const sum = await job.step('sum', () => job.data.numbers.reduce((total, number) => total + number, 0));
    await job.enqueue(mails, { to: `ann, attempt ${job.attempt} of ${job.maxAttempts}` });
    return { sum };
  },
});

const jobs = createTestJobs({ queues: [sums, mails], processors: [adder] });
afterEach(() => jobs.clear());

/** A processor of the same queue that does something else. */
const other = (process: () => { sum: number }) => defineProcessor({ queue: sums, process });
const throwing = (error: Error) =>
  other(() => {
    throw error;
  });

describe('perform', () => {
  test('runs one attempt and answers what it returned; the job itself is not enqueued', async () => {
    expect(await jobs.perform(sums, { numbers: [1, 2] })).toEqual({ sum: 3 });
    expect(await jobs.perform(adder, { numbers: [3] })).toEqual({ sum: 3 });
    expect(jobs).not.toHaveEnqueued(sums);
    expect(jobs).toHaveEnqueued(mails, { to: 'ann, attempt 1 of 3' }, { times: 2 });
  });

  test('runs a processor that is not registered, started once and stopped in the end', async () => {
    const calls: string[] = [];
    const processor = defineProcessor({
      queue: sums,
      process: () => ({ sum: 0 }),
      start: () => void calls.push('start'),
      stop: () => void calls.push('stop'),
    });
    const own = createTestJobs({ queues: [sums, mails], processors: [adder] });
    expect(await own.perform(processor, { numbers: [1] })).toEqual({ sum: 0 });
    expect(await own.perform(processor, { numbers: [2] })).toEqual({ sum: 0 });
    await own.queue(sums).add({ numbers: [5] });
    await own.drain();
    expect(own).toHaveCompleted(sums, {}, { result: { sum: 5 } });
    await own.close();
    expect(calls).toEqual(['start', 'stop']);
  });

  test('throws what the attempt failed with', async () => {
    await expect(jobs.perform(throwing(new PermanentError('gone')), { numbers: [] })).rejects.toThrow(PermanentError);
    await expect(jobs.perform(throwing(new RangeError('too many')), { numbers: [] })).rejects.toThrow(RangeError);
    await expect(jobs.perform(throwing(new RetryAfterError(1_500)), { numbers: [] })).rejects.toMatchObject({
      code: 'JOB_RETRY_AFTER',
      delay: 1_500,
    });
  });

  test('checks the data and the result', async () => {
    // @ts-expect-error: numbers, not a text
    await expect(jobs.perform(sums, { numbers: 'many' })).rejects.toThrow(JobDataError);
    const wrong = other(() => ({ sum: Number.NaN }));
    await expect(jobs.perform(wrong, { numbers: [] })).rejects.toThrow(JobResultError);
  });

  test('is any attempt; steps of an earlier one are kept by the id', async () => {
    let sums = 0;
    let fails = true;
    const counting = defineProcessor({
      ...adder,
      async process(job) {
        const sum = await job.step('sum', () => ++sums);
        if (fails) throw new Error('crashed');
        return { sum };
      },
    });
    await expect(jobs.perform(counting, { numbers: [] }, { id: 'one' })).rejects.toThrow('crashed');
    fails = false;
    expect(await jobs.perform(counting, { numbers: [] }, { id: 'one', attempt: 2 })).toEqual({ sum: 1 });
    expect(await jobs.perform(counting, { numbers: [] }, { id: 'two', attempt: 2 })).toEqual({ sum: 2 });
  });

  test('calls onExhausted at the last attempt', async () => {
    const exhausted: number[] = [];
    const failing = defineProcessor({
      ...throwing(new Error('no')),
      onExhausted: ({ attempts }) => void exhausted.push(attempts),
    });
    await expect(jobs.perform(failing, { numbers: [] }, { attempt: 2 })).rejects.toThrow('no');
    expect(exhausted).toEqual([]);
    await expect(jobs.perform(failing, { numbers: [] }, { attempt: 3 })).rejects.toThrow('no');
    expect(exhausted).toEqual([3]);
  });

  test('keeps the timeout of the attempt', async () => {
    const hanging = defineProcessor({ queue: sums, process: () => new Promise<{ sum: number }>(() => {}) });
    await expect(jobs.perform(hanging, { numbers: [] }, { timeout: 20 })).rejects.toMatchObject({
      code: 'JOB_TIMEOUT',
    });
  });

  test('says what is missing', async () => {
    await expect(jobs.perform(mails, { to: 'ann' })).rejects.toThrow(ProcessorDefinitionError);
    const unknown = defineQueue({ name: 'unknown', schema: z.object({}) });
    const processor = defineProcessor({ ...adder, enqueues: [unknown] });
    await expect(jobs.perform(processor, { numbers: [] })).rejects.toThrow(UnknownQueueError);
  });
});
