/** How far back a queue's events go: on a stream as BullMQ writes and trims it. */
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { ENDS_SCRIPT, keptBehind, readEnds } from './ends.js';
import { parseId } from './place.js';

let redis: Redis;
let key = '';
beforeEach(() => {
  redis = new Redis(inject('redisUrl'));
  key = `events-${process.pid}-${Math.random().toString(36).slice(2)}:events`;
});
afterEach(async () => {
  await redis.del(key);
  await redis.quit();
});

const add = (...ids: string[]) => Promise.all(ids.map((id) => redis.xadd(key, id, 'event', 'added')));
const keep = (count: number) => redis.xtrim(key, 'MAXLEN', count);
const look = async () => readEnds(await redis.eval(ENDS_SCRIPT.lua, 1, key));
const kept = async (after: string) => {
  const [end] = (await look()).ends;
  const id = parseId(after) ?? { ms: Number(after), nth: Number.POSITIVE_INFINITY };
  return keptBehind(id, end ?? expect.fail('it is no stream'));
};

it('knows the last event, of none and of some, also when all are trimmed', async () => {
  const last = async () => (await look()).ends[0]?.last;
  expect(await last()).toEqual({ ms: 0, nth: 0 });
  await add('5-0', '5-1', '9-0');
  await keep(0);
  expect(await last()).toEqual({ ms: 9, nth: 0 });
});

it('knows what is no stream', async () => {
  await redis.set(key, 'x');
  expect((await look()).ends).toEqual([undefined]);
});

it.each(['5-0', '5-1', '9-0', '0-0', '4', '20'])('has all behind %s while nothing was trimmed', async (after) => {
  await add('5-0', '5-1', '9-0');
  expect(await kept(after)).toBe('all');
});

it('has all of nothing', async () => expect(await kept('0-0')).toBe('all'));

it('has some behind what was trimmed, and all behind what was not', async () => {
  await add('5-0', '5-1', '9-0', '10-0');
  await keep(2);
  const places = ['0-0', '5-0', '5-1', '8', '9-0', '9', '10-0'];
  expect(await Promise.all(places.map(kept))).toEqual(['some', 'some', 'some', 'some', 'all', 'all', 'all']);
});

it.each(['9-1', '99999999999999-0'])('does not know %s', async (after) => {
  await add('5-0', '9-0');
  expect(await kept(after)).toBe('unknown');
});
