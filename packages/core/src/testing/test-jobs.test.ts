import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { PermanentError, RetryAfterError } from '../errors.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { createTestJobs } from './test-jobs.js';

const mails = defineQueue({
  name: 'mails',
  schema: z.object({ to: z.string(), text: z.string().default('hello') }),
  result: z.object({ sent: z.string() }),
});
const logins = defineQueue({ name: 'logins', schema: z.object({ user: z.string() }) });

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((jobs) => jobs.close()));
});

describe('smoke', () => {
  test('add, drain, enqueue, retry', async () => {
    let failures = 1;
    const sender = defineProcessor({
      queue: mails,
      process: async ({ data }) => {
        if (failures-- > 0) throw new Error('not now');
        return { sent: data.to };
      },
    });
    const welcome = defineProcessor({
      queue: logins,
      enqueues: [mails],
      process: async (job) => {
        await job.enqueue(mails, { to: job.data.user });
      },
    });
    const jobs = createTestJobs({ queues: [mails, logins], processors: [sender, welcome] });
    opened.push(jobs);
    await jobs.queue(logins).add({ user: 'ann' });
    expect(await jobs.drain()).toEqual({ completed: 1, failed: 0, retried: 1, delayed: 0, unprocessed: 0 });
    expect(jobs.enqueued(mails)).toMatchObject([{ state: 'delayed', data: { to: 'ann', text: 'hello' } }]);
    jobs.clock.advance(2_000);
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    expect(jobs.enqueued(mails)).toMatchObject([{ state: 'completed', result: { sent: 'ann' } }]);
    expect(await jobs.perform(sender, { to: 'bob' })).toEqual({ sent: 'bob' });
    expect(jobs.enqueued(mails)).toHaveLength(1);
    await expect(jobs.perform(mails, { to: 'bob' })).resolves.toEqual({ sent: 'bob' });
    await expect(
      jobs.perform(defineProcessor({ queue: mails, process: () => Promise.reject(new PermanentError('x')) }), {
        to: 'a',
      }),
    ).rejects.toThrow(PermanentError);
    await expect(
      jobs.perform(defineProcessor({ queue: mails, process: () => Promise.reject(new RetryAfterError(500)) }), {
        to: 'a',
      }),
    ).rejects.toMatchObject({ delay: 500 });
  });
});
