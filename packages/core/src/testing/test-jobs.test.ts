import { afterEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { JobDataError, JobOptionsError, ProcessorDefinitionError, UnknownQueueError } from '../errors.js';
import type { Jobs } from '../jobs-instance.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { createTestJobs } from './test-jobs.js';

const mails = defineQueue({
  name: 'mails',
  schema: z.object({ to: z.string(), text: z.string().default('hello') }),
  result: z.object({ sentTo: z.string() }),
});
const logins = defineQueue({ name: 'logins', schema: z.object({ user: z.string() }) });

const sender = defineProcessor({ queue: mails, process: ({ data }) => ({ sentTo: data.to }) });
const welcome = defineProcessor({
  queue: logins,
  enqueues: [mails],
  async process(job) {
    await job.enqueue(mails, { to: job.data.user });
  },
});

const opened: { close(): Promise<void> }[] = [];
const open: typeof createTestJobs = (options) => {
  const jobs = createTestJobs(options);
  opened.push(jobs);
  return jobs;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((jobs) => jobs.close()));
});

describe('test jobs', () => {
  test('are jobs: what takes a host’s jobs takes them', async () => {
    const invite = (host: Jobs<readonly [typeof mails]>, to: string) => host.queue(mails).add({ to });
    const jobs = open({ queues: [mails], processors: [sender] });
    const { id } = await invite(jobs, 'ann');
    const result = jobs.queue('mails').waitFor(id);
    await jobs.drain();
    expect(await result).toEqual({ sentTo: 'ann' });
    expect(await jobs.health()).toMatchObject({ engine: 'memory', reachable: true });
  });

  test('check data and options as in production', async () => {
    const jobs = open({ queues: [mails] });
    // @ts-expect-error: the address is missing
    await expect(jobs.queue(mails).add({})).rejects.toThrow(JobDataError);
    await expect(jobs.queue(mails).add({ to: 'ann' }, { priority: -1 })).rejects.toThrow(JobOptionsError);
    // @ts-expect-error: it is not registered
    expect(() => jobs.queue(logins)).toThrow(UnknownQueueError);
    expect(() => open({ queues: [logins], processors: [welcome] })).toThrow(UnknownQueueError);
    expect(jobs.enqueued()).toEqual([]);
  });

  test('give what was enqueued, with its options and what has become of it', async () => {
    const jobs = open({ queues: [mails, logins], processors: [sender], now: '2026-01-01T00:00:00Z' });
    await jobs.queue(logins).add({ user: 'ann' });
    await jobs.queue(mails).add({ to: 'ann' }, { id: 'first', priority: 3, timeout: 500, deduplicate: { key: 'ann' } });
    const removed = await jobs.queue(mails).add({ to: 'bob' }, { delay: 1_000 });
    await jobs.queue(mails).remove(removed.id);
    await jobs.drain();
    expect(jobs.enqueued()).toHaveLength(3);
    expect(jobs.enqueued(mails)).toMatchObject([
      {
        id: 'first',
        queue: 'mails',
        state: 'completed',
        data: { to: 'ann', text: 'hello' },
        result: { sentTo: 'ann' },
        options: {
          attempts: 3,
          backoff: { type: 'exponential', delay: 2_000 },
          delay: 0,
          priority: 3,
          timeout: 500,
          deduplicate: { key: 'ann' },
        },
        createdAt: Date.UTC(2026, 0, 1),
      },
      { state: 'removed', options: { delay: 1_000 } },
    ]);
  });

  test('keep data as JSON does', async () => {
    const things = defineQueue({ name: 'things', schema: z.object({ at: z.coerce.date(), note: z.any() }) });
    const seen: unknown[] = [];
    const processor = defineProcessor({ queue: things, process: ({ data }) => void seen.push(data) });
    const jobs = open({ queues: [things], processors: [processor] });
    await jobs.queue(things).add({ at: '2026-01-01', note: { a: undefined, b: new Date(0) } });
    expect(jobs.enqueued(things)[0]?.data).toEqual({
      at: '2026-01-01T00:00:00.000Z',
      note: { b: '1970-01-01T00:00:00.000Z' },
    });
    await jobs.drain();
    expect(seen).toEqual([{ at: new Date('2026-01-01'), note: { b: '1970-01-01T00:00:00.000Z' } }]);
  });

  test('forget everything when they are cleared', async () => {
    const jobs = open({ queues: [mails] });
    await jobs.queue(mails).add({ to: 'ann' }, { deduplicate: { key: 'ann' } });
    await jobs.queue(mails).pause();
    await jobs.cache.set('key', 1);
    jobs.clear();
    expect(jobs.enqueued()).toEqual([]);
    expect(await jobs.cache.exists('key')).toBe(false);
    expect(await jobs.queue(mails).counts()).toMatchObject({ waiting: 0, isPaused: false });
    expect(await jobs.queue(mails).add({ to: 'ann' }, { deduplicate: { key: 'ann' } })).toMatchObject({
      deduplicated: false,
    });
  });

  test('start the processors once, before the first job, and stop them when they are closed', async () => {
    const calls: string[] = [];
    const hooked = defineProcessor({
      ...sender,
      start: () => void calls.push('start'),
      stop: () => void calls.push('stop'),
    });
    const jobs = open({ queues: [mails], processors: [hooked] });
    expect(calls).toEqual([]);
    await Promise.all([jobs.drain(), jobs.drain(), jobs.perform(mails, { to: 'ann' })]);
    await jobs.startWorker();
    expect(calls).toEqual(['start']);
    await jobs.close();
    expect(calls).toEqual(['start', 'stop']);
  });

  test('try a processor again that did not start', async () => {
    const start = vi.fn().mockRejectedValueOnce(new Error('no connection'));
    const jobs = open({ queues: [mails], processors: [defineProcessor({ ...sender, start })] });
    await jobs.queue(mails).add({ to: 'ann' });
    await expect(jobs.drain()).rejects.toThrow('no connection');
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
  });

  test('take a processor later, by registerProcessor or from a worker that the code starts', async () => {
    const jobs = open({ queues: [mails, logins], processors: [welcome] });
    await jobs.queue(logins).add({ user: 'ann' });
    expect(await jobs.drain()).toMatchObject({ completed: 1, unprocessed: 1 });
    jobs.registerProcessor(sender);
    const worker = await jobs.startWorker({ queues: [mails] });
    expect(await jobs.drain()).toMatchObject({ completed: 1, unprocessed: 0 });
    expect(worker.stats().queues.mails).toMatchObject({ completed: 1 });
  });

  test('say when no processor is there to start', async () => {
    await expect(open({ queues: [mails] }).startWorker()).rejects.toThrow(ProcessorDefinitionError);
  });

  test('emit the events of production, and add no listener to the process', async () => {
    const listeners = () => ['SIGTERM', 'SIGINT', 'uncaughtException'].map((name) => process.listenerCount(name));
    const before = listeners();
    const jobs = open({ queues: [mails], processors: [sender], mode: 'inline' });
    const seen: string[] = [];
    for (const event of ['job:added', 'job:active', 'job:completed'] as const)
      jobs.events.on(event, () => seen.push(event));
    await jobs.queue(mails).add({ to: 'ann' });
    expect(seen).toEqual(['job:added', 'job:active', 'job:completed']);
    expect(listeners()).toEqual(before);
  });

  test('give back at once what still runs when they are closed', async () => {
    let aborted = false;
    const hanging = defineProcessor({
      queue: logins,
      process: ({ signal }) =>
        new Promise<void>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(signal.reason);
          });
        }),
    });
    const jobs = createTestJobs({ queues: [logins], processors: [hanging] });
    await jobs.queue(logins).add({ user: 'ann' });
    const active = new Promise((resolve) => jobs.events.once('job:active', resolve));
    const drained = jobs.drain();
    await active;
    await jobs.close();
    expect(aborted).toBe(true);
    expect(await drained).toMatchObject({ completed: 0, failed: 0 });
    expect(jobs.enqueued(logins)).toMatchObject([{ state: 'waiting', attemptsMade: 0 }]);
    await expect(jobs.queue(logins).add({ user: 'bob' })).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  });
});

describe('mode inline', () => {
  test('runs a job, and what it enqueues, before `add` resolves', async () => {
    const jobs = open({ queues: [mails, logins], processors: [sender, welcome], mode: 'inline' });
    await jobs.queue(logins).add({ user: 'ann' });
    expect(jobs).toHaveCompleted(logins, { user: 'ann' });
    expect(jobs).toHaveCompleted(mails, { to: 'ann' }, { result: { sentTo: 'ann' } });
    await jobs.queue(mails).addMany([{ data: { to: 'bob' } }, { data: { to: 'cyd' } }]);
    expect(jobs).toHaveCompleted(mails, {}, { times: 3 });
  });

  test('does not reject when the job fails; further attempts wait for the clock', async () => {
    const failing = defineProcessor({
      queue: logins,
      process: () => {
        throw new Error('not today');
      },
    });
    const jobs = open({ queues: [logins], processors: [failing], mode: 'inline' });
    await jobs.queue(logins).add({ user: 'ann' }, { attempts: 1 });
    await jobs.queue(logins).add({ user: 'bob' }, { attempts: 2, backoff: { type: 'fixed', delay: 1_000 } });
    await jobs.queue(logins).add({ user: 'cyd' }, { attempts: 2, backoff: { type: 'fixed', delay: 0 } });
    expect(jobs.enqueued(logins)).toMatchObject([
      { state: 'failed', failedReason: 'not today', attemptsMade: 1 },
      { state: 'delayed', attemptsMade: 1 },
      { state: 'failed', attemptsMade: 2 },
    ]);
    jobs.clock.advance(1_000);
    expect(await jobs.drain()).toMatchObject({ failed: 1 });
  });

  test('leaves what is delayed, paused or without a processor', async () => {
    const jobs = open({ queues: [mails, logins], processors: [sender], mode: 'inline' });
    await jobs.queue(mails).add({ to: 'ann' }, { delay: 1_000 });
    await jobs.queue(logins).add({ user: 'ann' });
    await jobs.queue(mails).pause();
    await jobs.queue(mails).add({ to: 'bob' });
    expect(jobs.enqueued().map(({ state }) => state)).toEqual(['delayed', 'waiting', 'waiting']);
    await jobs.queue(mails).resume();
    jobs.clock.advance(1_000);
    expect(await jobs.drain()).toMatchObject({ completed: 2, unprocessed: 1 });
  });

  test('lets a processor enqueue while it starts', async () => {
    let enqueue: (user: string) => Promise<unknown> = async () => undefined;
    const starting = defineProcessor({ queue: logins, process: () => {}, start: () => void enqueue('first') });
    const jobs = open({ queues: [logins], processors: [starting], mode: 'inline' });
    enqueue = (user) => jobs.queue(logins).add({ user });
    await jobs.queue(logins).add({ user: 'second' });
    expect(jobs).toHaveEnqueued(logins, { user: 'first' });
    expect(jobs).toHaveCompleted(logins, { user: 'second' });
  });

  test('ends jobs that enqueue each other for ever with an error', async () => {
    const endless = defineProcessor({
      queue: logins,
      enqueues: [logins],
      process: async (job) => void (await job.enqueue(logins, job.data)),
    });
    const jobs = open({ queues: [logins], processors: [endless], mode: 'inline' });
    await jobs.queue(logins).add({ user: 'ann' }, { attempts: 1 });
    expect(jobs).toHaveEnqueued(logins, {}, { times: 501 });
    expect(jobs.enqueued(logins).some(({ failedReason }) => failedReason?.includes('use mode "manual"'))).toBe(true);
  });
});
