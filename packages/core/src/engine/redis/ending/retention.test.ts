/** How many jobs the end of a job removes: in proportion to what ends, not to what was kept before. */
import { Redis } from 'ioredis';
import { afterEach, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../../jobs.js';
import { silentLogger } from '../../../logger.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import type { JobOptions, RetentionLimit } from '../../../queue/job-options.js';
import { MOST_REMOVED } from './retention.js';

const KEPT = 1_050;

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let queues = 0;

/** A worker of a queue whose `state` holds {@link KEPT} jobs of earlier, one a second. */
async function openWithHistory(state: 'completed' | 'failed', limit: RetentionLimit) {
  const queue = defineQueue({
    name: `history-${process.pid}-${++queues}`,
    schema: z.object({}),
    defaults: { attempts: 1, retention: { [state]: limit } },
  });
  const base = `bull:${queue.name}:`;
  const redis = new Redis(inject('redisUrl'));
  closing.push(() => redis.disconnect());
  const seed = redis.pipeline();
  const now = Date.now();
  for (let n = 0; n < KEPT; n++) {
    const end = now - (KEPT - n) * 1_000;
    seed
      .zadd(`${base}${state}`, end, `old-${n}`)
      .hset(`${base}old-${n}`, { name: queue.name, data: '{}', finishedOn: end });
  }
  await seed.exec();
  const jobs = createJobs({ connection: inject('redisUrl'), queues: [queue], logger: silentLogger, environment: {} });
  closing.push(() => jobs.close());
  const run = () => {
    if (state === 'failed') throw new Error('not ok');
  };
  jobs.registerProcessor(defineProcessor({ queue, concurrency: 1, process: run }));
  await jobs.startWorker({ handleSignals: false });
  const handle = jobs.queue(queue);
  return {
    redis,
    base,
    /** Ends a job, and answers how many jobs are kept then. */
    async endOne(options: JobOptions = {}): Promise<number> {
      const { id } = await handle.add({}, options);
      await handle.waitFor(id).catch(() => undefined);
      return redis.zcard(`${base}${state}`);
    },
  };
}

it.each(['completed', 'failed'] as const)(
  'takes down a long history of %s jobs a hundred at a time, and keeps the newest',
  async (state) => {
    const count = 5;
    const { redis, base, endOne } = await openWithHistory(state, { count });
    let before = KEPT;
    for (let ended = 0; before > count; ended++) {
      const kept = await endOne();
      expect(before + 1 - kept).toBeLessThanOrEqual(MOST_REMOVED);
      expect(kept).toBeLessThan(before);
      expect(ended).toBeLessThan((2 * KEPT) / MOST_REMOVED);
      before = kept;
    }
    expect(before).toBe(count);
    expect(await redis.zrange(`${base}${state}`, 0, '-1')).not.toContain('old-0');
    expect(await redis.keys(`${base}old-*`)).toHaveLength(
      (await redis.zrange(`${base}${state}`, 0, '-1')).filter((id) => id.startsWith('old-')).length,
    );
    // From then on exactly.
    for (let n = 0; n < 3; n++) expect(await endOne()).toBe(count);
  },
);

it('removes what is too old a hundred at a time', async () => {
  const { endOne } = await openWithHistory('completed', { age: 60_000 });
  expect(await endOne()).toBe(KEPT + 1 - MOST_REMOVED);
  expect(await endOne()).toBe(KEPT + 2 - 2 * MOST_REMOVED);
});

it('takes no long history down by one job with a lower limit of its own', async () => {
  const { endOne } = await openWithHistory('completed', {});
  expect(await endOne()).toBe(KEPT + 1);
  expect(await endOne({ retention: { completed: { count: 1 } } })).toBe(KEPT + 2 - MOST_REMOVED);
});
