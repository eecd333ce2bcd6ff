/** Jobs of free keys in a long list on Redis are found as if all of it was read: see ../scripts/zones.ts. */
import { type JobsOptions, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../../jobs.js';
import { silentLogger } from '../../../logger.js';
import { defineQueue } from '../../../queue/definition.js';
import { START_SCRIPTS } from '../starts.js';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const schema = z.object({ account: z.string(), n: z.number() });
const [MAX, PER] = [1, 600_000];

/** As many as are brought to the front at once. */
const BROUGHT = 50;

const limitedBy = (rate: string): JobsOptions & { bizinsights: object } => ({ bizinsights: { rate } });

interface Moves {
  readonly redis: Redis;
  readonly wait: string;
  /** The job that is to be found. */
  readonly free: string;
  /** Of a zone. */
  readonly middle: string;
  readonly last: string;
}

let names = 0;

function open() {
  const name = `zones-${process.pid}-${++names}`;
  const rateLimit = { key: ({ account }: z.infer<typeof schema>) => account, max: MAX, per: PER };
  const queue = defineQueue({ name, schema, rateLimit, defaults: { attempts: 1 } });
  const jobs = createJobs({
    connection: inject('redisUrl'),
    queues: [queue],
    logger: silentLogger,
    environment: {},
  });
  const redis = new Redis(inject('redisUrl'));
  const plain = new Queue(name, { connection: redis });
  closing.push(
    () => redis.disconnect(),
    () => plain.obliterate({ force: true }),
    () => jobs.close(),
  );
  const base = `bull:${name}:`;
  const starts = `bizinsights:bull:{${name}}:starts:`;
  const { lua, numberOfKeys } = START_SCRIPTS.bizinsightsBringFree;
  return {
    base,
    starts,
    redis,
    plain,
    handle: jobs.queue(queue),
    /** The limit of a key is reached: there is a line for it. */
    reach: (key: string) => redis.zadd(`${starts}line:${key}`, 1, 'another job'),
    /** From the front. */
    waiting: async () => (await redis.lrange(`${base}wait`, 0, -1)).reverse(),
    /** Returns the number of scripts that it has taken. */
    async bringFree() {
      const keys = [`${base}wait`, `${base}prioritized`, starts, 'no fair queue'];
      for (let [scripts, last] = [1, '']; ; scripts++) {
        const answer = await redis.eval(lua, numberOfKeys, ...keys, base, MAX, PER, last);
        const [more, read] = Array.isArray(answer) ? answer : [];
        if (more !== 1) return scripts;
        last = String(read);
      }
    },
  };
}

it('reads nothing of a zone whose keys are all full', async () => {
  const { handle, reach, redis, base, waiting, bringFree, starts } = open();
  const full = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ data: { account: n % 2 ? 'one "of" two' : 'two', n } }));
  await handle.addMany(full(30_000));
  const { id } = await handle.add({ account: 'free', n: 0 });
  await Promise.all([reach('one "of" two'), reach('two')]);
  // The first that are read, the zones between, and the last zone.
  expect(await bringFree()).toBe(2);
  expect((await waiting())[0]).toBe(id);
  // It is not there any more, and nothing tells that it was.
  expect(await redis.hget(base + id, 'bzZone')).toBeNull();
  const zones = await redis.keys(`${starts.replace(/[[\]{}]/g, '?')}zone*`);
  expect(zones.length).toBeGreaterThan(1);
  for (const key of zones) expect(await redis.ttl(key)).toBeGreaterThan(0);
});

it('gives a short list no zones', async () => {
  const { handle, redis, base } = open();
  const added = await handle.addMany(Array.from({ length: 100 }, (_, n) => ({ data: { account: 'a', n } })));
  for (const { id } of added) expect(await redis.hexists(base + id, 'bzZone')).toBe(0);
});

it.each([
  ['lies between two of a zone', async () => undefined],
  [
    'lies behind one of a zone that has come back to the front',
    async ({ redis, wait, free, middle }: Moves) => {
      await redis.lrem(wait, 1, free);
      await redis.rpush(wait, free);
      await redis.lrem(wait, 1, middle);
      await redis.rpush(wait, middle);
    },
  ],
  [
    'lies before the last of a zone, which has come back to the end',
    async ({ redis, wait, free, last }: Moves) => {
      await redis.lrem(wait, 1, free);
      await redis.lpush(wait, free);
      await redis.lrem(wait, 1, last);
      await redis.lpush(wait, last);
    },
  ],
] as const)('finds a job that %s', async (_, move) => {
  const { handle, reach, redis, base, plain, waiting, bringFree } = open();
  const full = (count: number) => Array.from({ length: count }, (_, n) => ({ data: { account: 'full', n } }));
  const added = await handle.addMany(full(6_000));
  // As BullMQ itself puts it there.
  const { id: free = '' } = await plain.add(plain.name, {}, limitedBy('free'));
  await handle.addMany(full(50));
  const [middle, last] = [added.at(-200)?.id ?? '', added.at(-1)?.id ?? ''];
  for (const id of [middle, last]) expect(await redis.hget(`${base}${id}`, 'bzZone')).not.toBeNull();
  // Those before a zone have begun, and some of its own.
  await redis.ltrim(`${base}wait`, 0, -5_500);
  await Promise.all([middle, last].map((id) => redis.hset(base + id, 'ats', 1)));
  await move({ redis, wait: `${base}wait`, free, middle, last });
  await reach('full');
  expect(await bringFree()).toBe(1);
  expect((await waiting())[0]).toBe(free);
});

it.each([1, 2, 3])('brings the same jobs as if it read all, however they came and went (seed %i)', async (seed) => {
  let state = seed;
  // Park and Miller's.
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const { handle, reach, redis, base, plain, waiting, bringFree } = open();
  const keys = new Map<string, string>();
  const note = (added: readonly { readonly id: string }[], accounts: readonly string[]) => {
    for (const [index, { id }] of added.entries()) keys.set(id, accounts[index] ?? '');
  };
  const full = Array.from({ length: 120 }, (_, n) => `full-${n}`);
  const add = async (accounts: readonly string[]) =>
    note(await handle.addMany(accounts.map((account, n) => ({ data: { account, n } }))), accounts);
  await add(Array.from({ length: 6_500 }, () => 'full-0'));
  let free = 0;
  for (let part = 0; part < 25; part++) {
    const known = full.slice(0, [1, 3, 120][random(3)]);
    const accounts = Array.from({ length: 1 + random(600) }, () => known[random(known.length)] ?? '');
    if (random(4) === 0) accounts[random(accounts.length)] = `free-${free++ % 5}`;
    await add(accounts);
    // Some come as a worker of an earlier version, or BullMQ itself, puts them there.
    if (random(3) === 0) {
      const account = random(2) ? `free-${free++ % 5}` : 'full-0';
      const { id = '' } = await plain.add(plain.name, { account }, limitedBy(account));
      note([{ id }], [account]);
    }
    // One that has begun comes back to the end, or to the front.
    if (random(3) === 0) {
      const moved = await redis.lindex(`${base}wait`, random(300));
      if (moved) {
        await redis.lrem(`${base}wait`, 1, moved);
        await redis.hset(base + moved, 'ats', 1);
        await redis[random(2) ? 'lpush' : 'rpush'](`${base}wait`, moved);
      }
    }
    // One goes: now and then the last of a zone.
    const gone = await redis.lindex(`${base}wait`, random(2) && random(300));
    if (gone && random(3) === 0) await handle.remove(gone);
  }
  await Promise.all(full.map(reach));
  const before = await waiting();
  const isFree = (id: string) => keys.get(id)?.startsWith('free') ?? false;
  const brought = before.filter(isFree).slice(0, BROUGHT);
  expect(brought.length).toBeGreaterThan(0);
  await bringFree();
  expect(await waiting()).toEqual([...brought, ...before.filter((id) => !brought.includes(id))]);
});
