/** Claims of jobs that may be reused, when a process dies between the claim and the adding. */
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { CLAIM_PATIENCE } from '../bullmq/reuse.js';
import { claimReuse, confirmReuse, REUSE_SCRIPTS } from './reuse.js';

const NOW = Date.UTC(2030, 0, 1);

let redis: Redis;
let base = '';
beforeEach(() => {
  redis = new Redis(inject('redisUrl'));
  base = `reuse-${process.pid}-${Math.random().toString(36).slice(2)}:`;
});
afterEach(async () => {
  await redis.del(`${base}reuse:k`, `${base}first`, `${base}completed`);
  await redis.quit();
});

const call = (name: keyof typeof REUSE_SCRIPTS, ...args: (string | number)[]) => {
  const { lua, numberOfKeys } = REUSE_SCRIPTS[name];
  return redis.eval(lua, numberOfKeys, ...args);
};
const keys = () => ({ base, reuse: `${base}reuse:` });
const claim = (id: string, now = NOW, keptFor = 60_000) =>
  claimReuse(call, keys(), { key: 'k', id, maxAge: 1_000, keptFor }, now);

it('gives a claim whose job is not there to all that ask, so that each of them can add it', async () => {
  expect(await claim('first')).toEqual({ id: 'first', exists: false });
  // Also to the first, whose answer was lost.
  expect(await claim('first')).toEqual({ id: 'first', exists: false });
  expect(await claim('second', NOW + CLAIM_PATIENCE - 1)).toEqual({ id: 'first', exists: false });
  expect(await claim('third', NOW + CLAIM_PATIENCE)).toEqual({ id: 'third', exists: false });
});

it('knows a job that was added and is gone as removed, whether its adder or another one has seen it', async () => {
  await claim('first');
  await confirmReuse(call, keys(), 'k', 'other');
  expect(await claim('second')).toEqual({ id: 'first', exists: false });
  await confirmReuse(call, keys(), 'k', 'first');
  expect(await claim('second')).toEqual({ id: 'second', exists: false });
  await redis.hset(`${base}second`, 'name', 'x');
  expect(await claim('third')).toEqual({ id: 'second', exists: true });
  await redis.del(`${base}second`);
  expect(await claim('third')).toEqual({ id: 'third', exists: false });
});

it('keeps a claim for the longest time that was asked for', async () => {
  await redis.hset(`${base}first`, 'name', 'x');
  await claim('first', NOW, 3_600_000);
  await claim('second', NOW, 1_000);
  expect(await redis.pttl(`${base}reuse:k`)).toBeGreaterThan(3_000_000);
  await claim('second', NOW, 7_200_000);
  expect(await redis.pttl(`${base}reuse:k`)).toBeGreaterThan(7_000_000);
});
