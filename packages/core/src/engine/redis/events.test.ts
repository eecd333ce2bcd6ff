/** How far back a queue's events go: on a stream as BullMQ writes and trims it. */
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { eventsKept, lastEventId } from './events.js';

let redis: Redis;
let base = '';
beforeEach(() => {
  redis = new Redis(inject('redisUrl'));
  base = `events-${process.pid}-${Math.random().toString(36).slice(2)}:`;
});
afterEach(async () => {
  await redis.del(`${base}events`);
  await redis.quit();
});

const add = (...ids: string[]) => Promise.all(ids.map((id) => redis.xadd(`${base}events`, id, 'event', 'added')));
const keep = (count: number) => redis.xtrim(`${base}events`, 'MAXLEN', count);
const kept = (after: string) => eventsKept(redis, base, after);

it('knows the last event, of none and of some', async () => {
  expect(await lastEventId(redis, base)).toBe('0-0');
  await add('5-0', '5-1', '9-0');
  expect(await lastEventId(redis, base)).toBe('9-0');
});

it.each(['5-0', '5-1', '9-0', '0-0'])('has all behind %s while nothing was trimmed', async (after) => {
  await add('5-0', '5-1', '9-0');
  expect(await kept(after)).toBe('all');
});

it('has all of nothing', async () => expect(await kept('0-0')).toBe('all'));

it('has some behind what was trimmed, and all behind what was not', async () => {
  await add('5-0', '5-1', '9-0', '10-0');
  await keep(2);
  expect(await Promise.all(['0-0', '5-0', '5-1', '9-0', '10-0'].map(kept))).toEqual([
    'some',
    'some',
    'some',
    'all',
    'all',
  ]);
});

it.each(['9-1', '99999999999999-0', 'x', '', '5', '-1-0', '1e3-0'])('does not know %s', async (after) => {
  await add('5-0', '9-0');
  expect(await kept(after)).toBe('unknown');
});
