/** A long queue is emptied in steps: no script removes all of it. */
import { Redis } from 'ioredis';
import { afterEach, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineQueue } from '../../queue/definition.js';

const MOST = 500;

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

it('empties a long queue five hundred jobs at a time, and answers how many it has removed', async () => {
  const queue = defineQueue({ name: `long-${process.pid}`, schema: z.object({}) });
  const base = `bull:${queue.name}:`;
  const jobs = createJobs({ connection: inject('redisUrl'), queues: [queue], logger: silentLogger, environment: {} });
  closing.push(() => jobs.close());
  const redis = new Redis(inject('redisUrl'));
  closing.push(() => redis.disconnect());
  const handle = jobs.queue(queue);
  const many = (count: number, options: object) => handle.addMany(Array(count).fill({ data: {}, options }));
  await many(1_300, {});
  await many(600, { priority: 5 });
  await many(700, { delay: 600_000 });
  expect(await handle.empty()).toBe(2_600);
  expect(await redis.zcard(`${base}delayed`)).toBe(0);
  expect(await handle.counts()).toMatchObject({ waiting: 0, delayed: 0 });
  const events = await redis.xrange(`${base}events`, '-', '+');
  const steps = events.flatMap(([, fields]) => (fields[1] === 'cleaned' ? [Number(fields[3])] : []));
  // Of each list at most one step's jobs are left to BullMQ's own emptying.
  expect(steps).toEqual([MOST, MOST, MOST, MOST]);
  expect(await redis.keys(`${base}*`)).not.toContainEqual(expect.stringMatching(/[0-9a-f]{8}-/));
});
