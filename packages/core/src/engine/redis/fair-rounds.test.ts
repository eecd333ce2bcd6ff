/** Long fair queues whose priorities come near their end: lowered a part at a time, in an order that stays. */
import { Redis } from 'ioredis';
import { afterEach, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { AT_ONCE } from './fair-rounds.js';
import { ownBase } from './keys.js';

/** More than half of BullMQ's priorities. */
const HIGH = 1_200_000;
const WEIGHT = 2 ** 32;
const TENANTS = ['a', 'b', 'c'];

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let queues = 0;

function openFairQueue() {
  const queue = defineQueue({
    name: `rounds-${process.pid}-${++queues}`,
    schema: z.object({ tenant: z.string() }),
    tenant: ({ tenant }) => tenant,
    fair: true,
    defaults: { attempts: 1 },
  });
  const base = `bull:${queue.name}:`;
  const fair = `${ownBase('bull')}{${queue.name}}:fair`;
  const redis = new Redis(inject('redisUrl'));
  closing.push(() => redis.disconnect());
  const open = () => {
    const jobs = createJobs({ connection: inject('redisUrl'), queues: [queue], logger: silentLogger, environment: {} });
    closing.push(() => jobs.close());
    return jobs;
  };
  const jobs = open();
  const handle = jobs.queue(queue);
  const waiting = () => redis.zrange(`${base}prioritized`, 0, '-1');
  const priorityOf = async (id: string) => Number(await redis.hget(`${base}${id}`, 'priority'));
  return {
    redis,
    base,
    fair,
    jobs,
    open,
    queue,
    handle,
    waiting,
    priorityOf,
    add: (id: string, tenant: string) => handle.add({ tenant }, { id }),
    addMany: (prefix: string, tenant: string, count: number) =>
      handle.addMany(
        Array.from({ length: count }, (_, n) => ({ data: { tenant }, options: { id: `${prefix}-${tenant}-${n}` } })),
      ),
    /** What waits, with its places. */
    async snapshot() {
      const scores = await redis.zrange(`${base}prioritized`, 0, '-1', 'WITHSCORES');
      return new Map(Array.from({ length: scores.length / 2 }, (_, n) => [scores[2 * n], scores[2 * n + 1]]));
    },
    /** As if so many rounds had been served before. */
    async raise() {
      const writes = redis.pipeline();
      for (const id of [...(await waiting()), ...(await redis.zrange(`${base}delayed`, 0, '-1'))]) {
        writes.hincrby(`${base}${id}`, 'priority', HIGH);
      }
      for (const id of await waiting()) writes.zincrby(`${base}prioritized`, HIGH * WEIGHT, id);
      for (const field of await redis.hkeys(fair)) writes.hincrby(fair, field, HIGH);
      await writes.exec();
    },
    /** The next jobs have been done: their ids. */
    async take(count: number) {
      const taken = await redis.zpopmin(`${base}prioritized`, count);
      return taken.filter((_, index) => index % 2 === 0);
    },
  };
}

type FairQueue = ReturnType<typeof openFairQueue>;

/** How many of the jobs that wait have been given another place. */
async function changedSince(before: Map<string | undefined, string | undefined>, queue: FairQueue): Promise<number> {
  const after = await queue.snapshot();
  return [...before].filter(([id, score]) => after.has(id) && after.get(id) !== score).length;
}

it('lowers a part of a long queue with each job that is added, in the same order as without', async () => {
  const [raised, plain] = [openFairQueue(), openFairQueue()];
  const both = [raised, plain];
  for (const one of both) for (const tenant of TENANTS) await one.addMany('old', tenant, 500);
  await raised.raise();
  for (let n = 0; n < 12; n++) {
    const before = await raised.snapshot();
    for (const one of both) await one.add(`new-${n}`, n % 2 === 0 ? 'd' : `late-${n}`);
    expect(await changedSince(before, raised)).toBeLessThanOrEqual(AT_ONCE);
    expect(await raised.waiting()).toEqual(await plain.waiting());
    expect(await raised.take(7)).toEqual(await plain.take(7));
  }
  expect(await raised.waiting()).toEqual(await plain.waiting());
  const ids = await raised.waiting();
  expect(await raised.priorityOf(ids.at(-1) ?? '')).toBeLessThanOrEqual(1_000);
  expect(await raised.priorityOf(ids[0] ?? '')).toBeLessThan(100);
});

it('keeps the order while jobs are taken faster than they are lowered', async () => {
  const [raised, plain] = [openFairQueue(), openFairQueue()];
  for (const one of [raised, plain]) for (const tenant of TENANTS) await one.addMany('old', tenant, 700);
  await raised.raise();
  for (let n = 0; n < 4; n++) {
    for (const one of [raised, plain]) await one.addMany(`new-${n}`, n % 2 === 0 ? 'b' : 'd', 30);
    expect(await raised.waiting()).toEqual(await plain.waiting());
    if (n === 0) expect(await raised.take(900)).toEqual(await plain.take(900));
  }
});

it('lowers delayed jobs too, and puts those of rounds that are over first', async () => {
  const queue = openFairQueue();
  const { redis, base, fair, handle, priorityOf } = queue;
  const count = 2 * AT_ONCE + 100;
  // Many of one ms, as they are added at once.
  const options = Array.from({ length: count }, (_, n) => ({ id: `delayed-${n}`, delay: 600_000 }));
  await handle.addMany(options.map((one) => ({ data: { tenant: 'a' }, options: one })));
  await queue.addMany('old', 'b', 10);
  await queue.raise();
  await redis.hset(`${base}delayed-0`, 'priority', 5);
  let added = 0;
  const add = () => queue.add(`new-${added++}`, 'b');
  const all = () => Promise.all(options.map(({ id }) => priorityOf(id)));
  const raised = Array.from({ length: count }, (_, n) => (n === 0 ? 1 : HIGH + n + 1));
  do await add();
  while ((await redis.hget(fair, 'step')) === 'late');
  expect(added).toBeLessThan(6);
  expect(await all()).toEqual(raised);
  expect(await priorityOf('old-b-9')).toBe(10);
  // As if the minute were over in which jobs may come with turns from before.
  await redis.hset(fair, 'settled', 1);
  for (let changed = 1; (await redis.hget(fair, 'by')) !== null; ) {
    await add();
    const now = (await all()).filter((priority) => priority <= count).length;
    expect(now - changed).toBeLessThanOrEqual(AT_ONCE);
    changed = now;
  }
  expect(await all()).toEqual(raised.map((_, n) => n + 1));
  expect(await redis.hmget(fair, 'step', 'settled', 'after')).toEqual([null, null, null]);
  expect(await priorityOf(`new-${added - 1}`)).toBe(10 + added);
});

it('serves all tenants in turn while many processes add and work', async () => {
  const queue = openFairQueue();
  for (const tenant of TENANTS) await queue.addMany('old', tenant, 400);
  await queue.raise();
  const ran: string[] = [];
  const others = [queue.open(), queue.open()];
  const processor = defineProcessor({
    queue: queue.queue,
    concurrency: 2,
    process: ({ data }) => void ran.push(data.tenant),
  });
  for (const jobs of others) {
    jobs.registerProcessor(processor);
    await jobs.startWorker({ handleSignals: false });
  }
  const adding = Array.from({ length: 100 }, (_, n) =>
    (others[n % 2] ?? queue.jobs).queue(queue.queue).add({ tenant: `d${n % 5}` }, { id: `new-${n}` }),
  );
  await Promise.all(adding);
  await vi.waitFor(() => expect(ran).toHaveLength(1_300), { timeout: 60_000, interval: 20 });
  // None of the new ones had to wait for the backlog.
  expect(ran.lastIndexOf('d0')).toBeLessThan(1_000);
});
