/** What many runs ask of Redis in one turn goes in one script: each of them as if it had come alone. */
import { Redis } from 'ioredis';
import { expect, inject, it, onTestFinished } from 'vitest';
import { uniqueName } from '../../testing/behaviour/test-bed.js';
import { resolveEngine } from '../resolve.js';
import { planNextRuns, RUN_SCRIPTS } from './runs.js';

const HOUR = 3_600_000;

function open() {
  const engine = resolveEngine(inject('redisUrl'), { prefix: 'bull', onError() {} });
  onTestFinished(() => engine.close());
  const redis = new Redis(inject('redisUrl'));
  onTestFinished(() => void redis.disconnect());
  return { engine, redis };
}

/** Schedules whose runs are planned, each with `quote` in its key. */
async function plan(count: number) {
  const { engine, redis } = open();
  const queue = uniqueName('planned');
  const base = `bull:${queue}:`;
  const keys = Array.from({ length: count }, (_, index) => uniqueName(`a "key" of / ${index}`));
  const rhythm = { every: HOUR, offset: 0 };
  await engine.queue(queue).planRuns(keys.map((key) => ({ key, rhythm, data: {}, options: { attempts: 3 } })));
  onTestFinished(() => engine.queue(queue).unplanRuns(keys));
  const next = async () => {
    const runs = await engine.queue(queue).plannedRuns(keys);
    return runs.map((run) => run?.at ?? 0);
  };
  const planBehind = (runs: readonly { readonly key: string; readonly of: number }[]) =>
    planNextRuns(
      base,
      queue,
      runs.map(({ key, of }) => ({ key, of, at: of + HOUR, repeat: { every: HOUR, count: 1 } })),
      (name, ...args) => redis.eval(RUN_SCRIPTS[name].lua, RUN_SCRIPTS[name].numberOfKeys, ...args),
    );
  return { redis, base, keys, next, planBehind };
}

it('plans one run behind a run that is named twice, and tells of the other', async () => {
  const { redis, base, keys, next, planBehind } = await plan(2);
  const [first = 0, second = 0] = await next();
  const [one = '', other = ''] = keys;
  await planBehind([
    { key: one, of: first },
    { key: one, of: first },
    { key: other, of: second },
  ]);
  expect(await next()).toEqual([first + HOUR, second + HOUR]);
  // The runs that were planned first have not been taken here.
  expect(await redis.zcard(`${base}delayed`)).toBe(4);
  expect(await redis.hmget(`${base}repeat:${one}`, 'ic')).toEqual(['2']);
  const events = (await redis.xrange(`${base}events`, '-', '+')).map(([, fields]) => fields[1]);
  expect(events.filter((event) => event === 'duplicated')).toHaveLength(1);
});

it('leaves a job alone that is in the slot already, among others whose slots are free', async () => {
  const { redis, base, keys, next, planBehind } = await plan(3);
  const slots = await next();
  const taken = `${base}repeat:${keys[1]}:${(slots[1] ?? 0) + HOUR}`;
  await redis.hset(taken, 'name', 'of a host');
  onTestFinished(async () => void (await redis.del(taken)));
  await planBehind(keys.map((key, index) => ({ key, of: slots[index] ?? 0 })));
  expect(await redis.hgetall(taken)).toEqual({ name: 'of a host' });
  expect(await next()).toEqual([(slots[0] ?? 0) + HOUR, slots[1], (slots[2] ?? 0) + HOUR]);
});

it('gives a job the options that its id and its schedule have, whatever is in the key', async () => {
  const { redis, base, keys, next, planBehind } = await plan(1);
  const [slot = 0] = await next();
  const [key = ''] = keys;
  await planBehind([{ key, of: slot }]);
  const id = `repeat:${key}:${slot + HOUR}`;
  const [options, delay, name] = await redis.hmget(`${base}${id}`, 'opts', 'delay', 'name');
  expect(JSON.parse(options ?? '')).toMatchObject({ jobId: id, repeatJobKey: key, prevMillis: slot + HOUR });
  expect(JSON.parse(options ?? '').delay).toBe(Number(delay));
  expect(`${base}`).toBe(`bull:${name}:`);
});

it('lets one of many replace a value that they have all seen', async () => {
  const { engine } = open();
  const key = uniqueName('value');
  await engine.state.set(key, 'before', HOUR);
  onTestFinished(async () => void (await engine.state.delete(key)));
  const values = ['a', 'b', 'c'];
  const answers = await Promise.all(values.map((value) => engine.state.replaceIfEqual(key, 'before', value, HOUR)));
  expect(answers).toEqual([true, false, false]);
  expect(await engine.state.get(key)).toBe('a');
});

it('replaces more values at once than Lua unpacks', async () => {
  const { engine } = open();
  const start = uniqueName('many');
  const keys = Array.from({ length: 9_000 }, (_, index) => `${start}:${index}`);
  onTestFinished(async () => void (await engine.state.deleteMatching(`${start}:`, '*')));
  const [first = '', last = ''] = [keys[0], keys.at(-1)];
  for (const key of [first, last]) await engine.state.set(key, 'before', HOUR);
  const answers = await Promise.all(keys.map((key) => engine.state.replaceIfEqual(key, 'before', 'after', HOUR)));
  expect(answers.flatMap((answer, index) => (answer ? [keys[index]] : []))).toEqual([first, last]);
  expect(await engine.state.getMany([first, last])).toEqual(['after', 'after']);
});
