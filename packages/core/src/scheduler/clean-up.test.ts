import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { JournalOptions } from '../coordination/journal.js';
import { createMemoryEngine } from '../engine/memory/engine.js';
import { ConfigError, PermanentError, QueueDamagedError } from '../errors.js';
import { createJobsOn } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { MONITORING } from '../monitoring/access.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { createTestJobs } from '../testing/test-jobs.js';
import { type CleanUpContext, type CleanUpTask, cleanUpProcessor, cleanUpQueue } from './clean-up.js';

const DAY = 24 * 3_600_000;
const works = defineQueue({
  name: 'works',
  schema: z.object({ fails: z.boolean() }),
  defaults: { retention: { completed: { count: 2 }, failed: { age: 7 * DAY } } },
});
const keepers = defineQueue({
  name: 'keepers',
  schema: z.object({}),
  defaults: { retention: { completed: {}, failed: {} } },
});

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const jobs of opened.splice(0)) await jobs.close();
});

function open(tasks: readonly CleanUpTask[] = []) {
  const jobs = createTestJobs({ queues: [works, keepers, cleanUpQueue], now: '2026-03-05T12:00:00Z' });
  opened.push(jobs);
  jobs.registerProcessor(
    defineProcessor({
      queue: works,
      async process({ data }) {
        if (data.fails) throw new PermanentError('no');
      },
    }),
  );
  jobs.registerProcessor(defineProcessor({ queue: keepers, process: () => undefined }));
  jobs.registerProcessor(cleanUpProcessor(jobs, { tasks }));
  return jobs;
}

describe('the clean-up', () => {
  it('runs every Sunday night, by itself', async () => {
    const jobs = open();
    await jobs.drain();
    expect(await jobs.scheduler.get('clean-up')).toMatchObject({
      queue: 'clean-up',
      next: new Date('2026-03-08T03:00:00Z').getTime(),
      description: 'At 03:00, only on Sunday (UTC)',
      source: 'processor clean-up',
    });
    jobs.clock.set('2026-03-08T03:00:00Z');
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    expect((await jobs.scheduler.get('clean-up'))?.next).toBe(new Date('2026-03-15T03:00:00Z').getTime());
  });

  it('removes jobs beyond the retention of their queue, and tells how many', async () => {
    const jobs = open();
    await jobs.queue(works).addMany([{ data: { fails: true } }, { data: { fails: false } }]);
    await jobs.queue(keepers).add({});
    await jobs.drain();
    // Nothing has run since that would have made the store look.
    jobs.clock.advance(8 * DAY);
    const { id } = await jobs.scheduler.runNow('clean-up');
    await jobs.drain();
    const job = await jobs.queue(cleanUpQueue).get(id);
    expect(job).toMatchObject({
      state: 'completed',
      result: { jobs: { works: 1, keepers: 0, 'clean-up': 0 }, tasks: {} },
      progress: { done: 3, total: 3, message: 'done' },
    });
    expect(await jobs.queue(works).counts()).toMatchObject({ failed: 0, completed: 1 });
    expect(await jobs.queue(keepers).counts()).toMatchObject({ completed: 1 });
  });

  it('runs the tasks of the host; what was done is not done again by a later attempt', async () => {
    let logs = 0;
    let sessions = 0;
    const jobs = open([
      { name: 'logs', run: async () => ++logs * 5 },
      {
        name: 'sessions',
        async run({ signal, logger }) {
          logger.info('begins');
          expect(signal.aborted).toBe(false);
          if (++sessions === 1) throw new Error('the database is away');
          return 7;
        },
      },
    ]);
    await jobs.drain();
    const { id } = await jobs.scheduler.runNow('clean-up');
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ completed: 1, retried: 1 });
    expect(await jobs.queue(cleanUpQueue).get(id)).toMatchObject({ result: { tasks: { logs: 5, sessions: 7 } } });
    expect([logs, sessions]).toEqual([1, 2]);
    expect((await jobs.queue(cleanUpQueue).logs(id)).lines.join()).toContain('logs: 5 removed');
  });

  it('takes what a task tells of each kind of data, and gives all attempts one moment', async () => {
    const moments: number[] = [];
    const run = async ({ now }: CleanUpContext) => {
      if (moments.push(now) === 1) throw new Error('the database is away');
      return { insights: 3, alerts: 0 };
    };
    const jobs = createTestJobs({ queues: [cleanUpQueue], now: '2026-03-05T12:00:00Z' });
    opened.push(jobs);
    let now = 1_000;
    jobs.registerProcessor(cleanUpProcessor(jobs, { tasks: [{ name: 'store', run }], now: () => now++ }));
    await jobs.drain();
    const { id } = await jobs.scheduler.runNow('clean-up');
    await jobs.drain({ withDelayed: true });
    expect(await jobs.queue(cleanUpQueue).get(id)).toMatchObject({
      state: 'completed',
      result: { tasks: { 'store: insights': 3, 'store: alerts': 0 } },
    });
    expect(moments).toEqual([1_000, 1_000]);
    expect((await jobs.queue(cleanUpQueue).logs(id)).lines.join()).toContain('store: insights: 3 removed');
  });

  it('fails where a task answers something else than what it has removed, after all others', async () => {
    const done: string[] = [];
    // What an untyped caller may give.
    const odd: CleanUpTask = { name: 'odd', run: async () => JSON.parse('"many"') };
    const jobs = open([odd, { name: 'later', run: async () => done.push('later') }]);
    await jobs.drain();
    const { id } = await jobs.scheduler.runNow('clean-up');
    await jobs.drain({ withDelayed: true });
    const job = await jobs.queue(cleanUpQueue).get(id);
    expect(job).toMatchObject({ state: 'failed', failedReason: expect.stringContaining('"odd" must answer a number') });
    expect(done).toEqual(['later']);
  });

  it('is part of the jobs that are made with tasks for it', async () => {
    const engine = createMemoryEngine();
    const jobs = createJobsOn(
      { queues: [works], cleanUp: [{ name: 'store', run: async () => 4 }], logger: silentLogger },
      { engine },
    );
    opened.push(jobs);
    expect(jobs.queues.map(({ name }) => name)).toEqual(['works', 'clean-up']);
    await jobs.startWorker({ handleSignals: false });
    const { id } = await jobs[MONITORING].queue('clean-up').add({});
    expect(await jobs[MONITORING].queue('clean-up').waitFor(id)).toEqual({
      jobs: { works: 0, 'clean-up': 0 },
      tasks: { store: 4 },
    });
    await vi.waitFor(async () => expect(await jobs.scheduler.get('clean-up')).toMatchObject({ cron: '0 3 * * 0' }));
  });

  it('refuses tasks that are none, or of one name', () => {
    const task = { name: 'store', run: async () => 1 };
    const create = (cleanUp: readonly CleanUpTask[]) => () =>
      createJobsOn({ queues: [works], cleanUp }, { engine: createMemoryEngine() });
    expect(create([task, task])).toThrow('cleanUp[1]: has the name "store", which another task has');
    expect(create(JSON.parse('[{"name":""}]'))).toThrow('cleanUp[0]: must be a task');
    expect(create(JSON.parse('{}'))).toThrow('cleanUp: must be a list');
    const jobs = createTestJobs({ queues: [cleanUpQueue] });
    opened.push(jobs);
    expect(() => cleanUpProcessor(jobs, { tasks: [task, task] })).toThrow(ConfigError);
  });

  it('goes on past a queue and a task that fail, and does these alone again', async () => {
    const jobs = createTestJobs({ queues: [works, keepers, cleanUpQueue], now: '2026-03-05T12:00:00Z' });
    opened.push(jobs);
    const runs: string[] = [];
    let isBroken = true;
    const damaged = () => {
      runs.push('works');
      return Promise.reject(new QueueDamagedError('Queue "works" is damaged'));
    };
    const getMany = () => Promise.resolve([]);
    const working = { clean: async () => 0, counts: jobs.queue(works).counts.bind(jobs.queue(works)), getMany };
    const broken = { clean: damaged, counts: damaged, getMany };
    const cleanable = {
      queues: jobs.queues,
      queue: (name: string) => (name === 'works' && isBroken ? broken : working),
      journal: <Schema extends z.ZodType>(name: string, options: JournalOptions<Schema>) => jobs.journal(name, options),
    };
    const tasks = ['fails', 'works too'].map((name) => ({
      name,
      async run() {
        runs.push(name);
        if (name === 'fails' && isBroken) throw new Error('the task fails');
        return 3;
      },
    }));
    jobs.registerProcessor(cleanUpProcessor(cleanable, { tasks }));
    await jobs.drain();
    const { id } = await jobs.scheduler.runNow('clean-up');
    await jobs.drain();
    expect(runs).toEqual(['works', 'fails', 'works too']);
    expect((await jobs.queue(cleanUpQueue).get(id))?.failedReason).toMatch(/2 failed: .*works.*the task fails/);
    isBroken = false;
    await jobs.drain({ withDelayed: true });
    expect(runs).toEqual(['works', 'fails', 'works too', 'fails']);
    expect(await jobs.queue(cleanUpQueue).get(id)).toMatchObject({
      state: 'completed',
      result: { jobs: { works: 0, keepers: 0, 'clean-up': 0 }, tasks: { fails: 3, 'works too': 3 } },
    });
  });
});
