/** Our script for jobs that wait at once, beside BullMQ's own: whatever reads a queue finds the same. */
import { createRedisBackend, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { createJobs, defineQueue, silentLogger } from '../../../index.js';
import type { WrittenJob } from '../../bullmq/job-json.js';
import { ADD_SCRIPTS, addingTo } from './waiting.js';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let names = 0;

const written = (id: string, opts: WrittenJob['opts'] = { attempts: 3, backoff: { type: 'fixed', delay: 5 } }) => ({
  ...{ id, name: 'work', data: JSON.stringify({ text: `"ü" of ${id}` }), opts, timestamp: 1_893_456_000_000 },
  ...{ progress: 0, attemptsMade: 0, attemptsStarted: 0, stalledCounter: 0, failedReason: '', returnvalue: 'null' },
});

async function openQueue() {
  const redis = new Redis(inject('redisUrl'));
  const name = `waiting-${process.pid}-${++names}`;
  const queue = new Queue(name, { connection: redis }, createRedisBackend);
  closing.push(
    () => redis.disconnect(),
    () => queue.close(),
    () => queue.obliterate({ force: true }),
  );
  await queue.waitUntilReady();
  const base = `bull:${name}:`;
  const { lua, numberOfKeys } = ADD_SCRIPTS.bizinsightsAddWaiting;
  return {
    redis,
    base,
    queue,
    byBullMq: async (jobs: readonly WrittenJob[]) => {
      for (const job of jobs) await queue.getBackend().addJob(job, job.id);
    },
    byUs: (jobs: readonly WrittenJob[]) =>
      redis.eval(lua, numberOfKeys, ...addingTo(base, `${base}starts:`, 'work')(jobs)),
    /** All that an addition can change. */
    async state(ids: readonly string[]) {
      const hashes = await Promise.all(ids.map((id) => redis.hgetall(base + id)));
      return {
        jobs: hashes.map(({ opts, ...fields }) => ({ ...fields, opts: opts && JSON.parse(opts) })),
        wait: await redis.lrange(`${base}wait`, 0, -1),
        keys: (await redis.keys(`${base}*`)).map((key) => key.slice(base.length)).sort(),
        marker: await redis.zrange(`${base}marker`, '0', '-1', 'WITHSCORES'),
        counter: await redis.get(`${base}id`),
        meta: await redis.hgetall(`${base}meta`),
        events: (await redis.xrange(`${base}events`, '-', '+')).map(([, fields]) => fields),
      };
    },
  };
}

const CASES: Record<string, (queue: Awaited<ReturnType<typeof openQueue>>) => unknown> = {
  'an empty queue': () => undefined,
  'a paused queue': ({ queue }) => queue.pause(),
  'a queue whose events have no length yet': ({ redis, base }) => redis.hdel(`${base}meta`, 'opts.maxLenEvents'),
  'a queue that may run no more jobs at a time': async ({ queue, redis, base }) => {
    await queue.setGlobalConcurrency(1);
    await redis.lpush(`${base}active`, 'running');
  },
  'a queue that may run more jobs at a time': ({ queue }) => queue.setGlobalConcurrency(1),
};

it.each(Object.entries(CASES))('writes what BullMQ writes: %s', async (_case, prepare) => {
  const [theirs, ours] = [await openQueue(), await openQueue()];
  for (const queue of [theirs, ours]) await prepare(queue);
  const options = { attempts: 1, removeOnFail: { age: 5 }, bizinsights: { tenant: 'acme' } };
  const jobs = [written('first'), written('second', options), written('7'), written('first')];
  await theirs.byBullMq(jobs);
  await ours.byUs(jobs);
  const ids = ['first', 'second', '7'];
  expect(await ours.state(ids)).toEqual(await theirs.state(ids));
  expect((await ours.state(ids)).wait).toEqual(['7', 'second', 'first']);
});

it('adds nothing where all jobs are there already', async () => {
  const queue = await openQueue();
  await queue.byUs([written('a'), written('b')]);
  const before = await queue.state(['a', 'b']);
  await queue.byUs([written('b', { attempts: 9 }), written('a')]);
  expect(await queue.state(['a', 'b'])).toMatchObject({ jobs: before.jobs, wait: before.wait });
});

it('keeps the order in which jobs of all kinds are added', async () => {
  const work = defineQueue({ name: `waiting-${process.pid}-${++names}`, schema: z.object({}) });
  const jobs = createJobs({ connection: inject('redisUrl'), queues: [work], logger: silentLogger, environment: {} });
  const handle = jobs.queue(work);
  closing.push(
    () => jobs.close(),
    () => handle.empty(),
  );
  const ids = Array.from({ length: 130 }, (_, index) => `job-${index}`);
  const entries = ids.map((id, index) => ({
    data: {},
    options: { id, ...(index % 40 === 7 ? { deduplicate: { key: id } } : {}) },
  }));
  await handle.addMany(entries.slice(0, 60));
  await Promise.all(entries.slice(60).map(({ data, options }) => handle.add(data, options)));
  const { jobs: listed } = await handle.list({ state: 'waiting', limit: 1_000 });
  expect(listed.map(({ id }) => id)).toEqual(ids.toReversed());
});
