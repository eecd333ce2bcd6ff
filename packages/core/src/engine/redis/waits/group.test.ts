/** One connection that waits for the jobs of several queues, on a real Redis. */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { startProxy, startRedis } from '@bizinsights/test-servers';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { duplicateAs, parseRedisUrl, type RedisClient } from '../connection/connection.js';
import { type Member, WaitGroup } from './group.js';

const PATIENT = { timeout: 30_000, interval: 5 };

/** Longer than any test. s */
const LONG = 600;
const ROUNDS = 20;
const BASE_MARKER = { member: '0', score: 0 };

/** A group of two queues, whose connection goes to `port`, and a client beside it. */
function open(url = inject('redisUrl'), port = Number(new URL(url).port)) {
  const base = `waits-${randomUUID()}:`;
  const redis = parseRedisUrl(url).connect('worker');
  const way = parseRedisUrl(`redis://127.0.0.1:${port}`).connect('worker');
  const opened: RedisClient[] = [];
  const group = new WaitGroup({
    wakeKey: `${base}wake`,
    open() {
      const client = duplicateAs(way, `${base}${opened.length}`);
      client.on('error', () => undefined);
      opened.push(client);
      return client;
    },
    close: (client) => client.disconnect(),
    onError: (error) => expect.soft(error).toBeUndefined(),
  });
  const join = (name: string): Member => {
    const member = { marker: `${base}${name}`, client: redis };
    group.join(member);
    return member;
  };
  const [one, other] = [join('one'), join('other')];
  for (const client of [redis, way]) client.on('error', () => undefined);
  onTestFinished(() => {
    for (const member of [one, other]) group.leave(member);
    for (const client of [redis, way]) client.disconnect();
  });
  return {
    base,
    group,
    one,
    other,
    redis,
    opened,
    put: ({ marker }: Member, score = 0, member = '0') => redis.zadd(marker, score, member),
    left: ({ marker }: Member) => redis.call('ZRANGE', marker, '0', '-1', 'WITHSCORES'),
    /** Resolves when Redis has the command. */
    blocked: () =>
      vi.waitFor(async () => {
        const lines = String(await redis.call('CLIENT', 'LIST')).split('\n');
        expect(lines.find((line) => line.includes(` name=${base}${opened.length - 1} `))).toMatch(/ flags=b /);
      }, PATIENT),
  };
}

it('gives each queue its own marker, over one connection', async () => {
  const { group, one, other, opened, put } = open();
  const waits = [group.wait(one, LONG), group.wait(other, LONG)];
  await put(other, 5, '1');
  expect(await waits[1]).toEqual({ member: '1', score: 5 });
  await put(one);
  expect(await waits[0]).toEqual(BASE_MARKER);
  expect(opened).toHaveLength(1);
});

it('leaves the marker of a queue that does not wait to others, also once it has waited', async () => {
  const { group, one, other, put, left, blocked } = open();
  const waits = [group.wait(one, LONG), group.wait(other, LONG)];
  await put(one);
  await waits[0];
  await blocked();
  await put(one);
  await put(other);
  expect(await waits[1]).toEqual(BASE_MARKER);
  expect(await left(one)).toEqual(['0', '0']);
});

it('waits for a queue more, and for one less, while the command is under way', async () => {
  const { group, one, other, put, left, blocked } = open();
  const first = group.wait(one, LONG);
  await blocked();
  const second = group.wait(other, LONG);
  await put(other);
  expect(await second).toEqual(BASE_MARKER);
  await blocked();
  const third = group.wait(other, LONG);
  const ended = expect(first).rejects.toThrow('Connection is closed.');
  await group.interrupt(one);
  await ended;
  await put(one);
  await put(other);
  expect(await third).toEqual(BASE_MARKER);
  expect(await left(one)).toEqual(['0', '0']);
});

it('ends a wait when its time is over, and no other one', async () => {
  const { group, one, other, put } = open();
  const long = group.wait(other, LONG);
  expect(await group.wait(one, 0.05)).toBeNull();
  expect(await Promise.all([group.wait(one, 0.05), group.wait(one, 0.1)])).toEqual([null, null]);
  await put(other);
  expect(await long).toEqual(BASE_MARKER);
});

it('loses no marker of a queue that ends its wait while it comes', async () => {
  const { group, one, other, redis, put, left, blocked } = open();
  const waiting = group.wait(other, LONG);
  for (let round = 0; round < ROUNDS; round++) {
    const wait = group.wait(one, LONG).catch(() => undefined);
    await blocked();
    const added = put(one);
    for (let turn = 0; turn < round % 4; turn++) await setImmediate();
    await group.interrupt(one);
    await added;
    const found = await wait;
    expect(await left(one)).toEqual(found ? [] : ['0', '0']);
    await redis.del(one.marker);
  }
  await put(other);
  expect(await waiting).toEqual(BASE_MARKER);
});

it('puts a marker back whose queue waits no longer, and keeps the one that came after it', async () => {
  const proxy = await startProxy(Number(new URL(inject('redisUrl')).port));
  onTestFinished(() => proxy.stop());
  const { group, one, redis, put, left, blocked } = open(inject('redisUrl'), proxy.port);
  for (const later of [[], [50], [500]]) {
    const wait = group.wait(one, LONG).catch(() => undefined);
    await blocked();
    proxy.pause();
    await put(one, 200, '1');
    expect(await left(one)).toEqual([]);
    const interrupted = group.interrupt(one);
    for (const score of later) await put(one, score, '1');
    proxy.resume();
    await interrupted;
    await wait;
    await expect.poll(() => left(one)).toEqual(['1', String(later[0] ?? 200)]);
    await redis.del(one.marker);
  }
});

it('tells the queue alone whose marker is refused', async () => {
  const { group, one, other, redis, put } = open();
  await redis.set(one.marker, 'no marker');
  const waits = [group.wait(one, LONG), group.wait(other, LONG)];
  await expect(waits[0]).rejects.toThrow('WRONGTYPE');
  await put(other);
  expect(await waits[1]).toEqual(BASE_MARKER);
  await expect(group.wait(one, LONG)).rejects.toThrow('WRONGTYPE');
  await redis.del(one.marker);
});

it('takes another connection where an answer does not come', async () => {
  const proxy = await startProxy(Number(new URL(inject('redisUrl')).port));
  onTestFinished(() => proxy.stop());
  const { group, one, other, opened, put, blocked } = open(inject('redisUrl'), proxy.port);
  const waits = [group.wait(one, 1), group.wait(other, LONG)];
  await blocked();
  proxy.swallow();
  expect(await waits[0]).toBeNull();
  // The command that is stuck still takes the first one.
  await expect
    .poll(async () => {
      await put(other);
      return await Promise.race([waits[1], setImmediate('none')]);
    }, PATIENT)
    .toEqual(BASE_MARKER);
  expect(opened).toHaveLength(2);
  await vi.waitFor(() => expect(opened[0]?.status).toBe('end'), PATIENT);
});

it('waits on after a restart of Redis', async () => {
  const server = await startRedis({ appendOnly: true });
  onTestFinished(() => server.stop());
  const { group, one, other, put, blocked } = open(server.url);
  const first = group.wait(one, LONG);
  await blocked();
  await server.kill();
  const second = group.wait(other, LONG);
  await server.start();
  await put(other);
  expect(await second).toEqual(BASE_MARKER);
  await put(one);
  expect(await first).toEqual(BASE_MARKER);
});

it('closes its connection with its last queue', async () => {
  const { group, one, other, opened, blocked } = open();
  const waits = [group.wait(one, LONG), group.wait(other, LONG)];
  const ended = waits.map((wait) => expect(wait).rejects.toThrow('Connection is closed.'));
  await blocked();
  group.leave(one);
  await ended[0];
  expect(opened[0]?.status).toBe('ready');
  group.leave(other);
  await ended[1];
  await vi.waitFor(() => expect(opened[0]?.status).toBe('end'), PATIENT);
  await expect(group.wait(one, LONG)).rejects.toThrow('Connection is closed.');
});

it('leaves no wake key behind for good', async () => {
  const proxy = await startProxy(Number(new URL(inject('redisUrl')).port));
  onTestFinished(() => proxy.stop());
  const { base, group, one, other, redis, blocked } = open(inject('redisUrl'), proxy.port);
  const waits = [group.wait(one, LONG)];
  await blocked();
  await proxy.stop();
  // Redis gives the key to the command until it has heard of its end.
  await vi.waitFor(
    async () => expect(String(await redis.call('CLIENT', 'LIST'))).not.toContain(` name=${base}`),
    PATIENT,
  );
  waits.push(group.wait(other, LONG));
  const ended = Promise.all(waits.map((wait) => expect(wait).rejects.toThrow('Connection is closed.')));
  await expect.poll(() => redis.pttl(`${base}wake`), PATIENT).toBeGreaterThan(0);
  for (const member of [one, other]) group.leave(member);
  await ended;
});

it('ends the waits of queues that stop, and leaves what comes then to others, also while Redis says nothing', async () => {
  const proxy = await startProxy(Number(new URL(inject('redisUrl')).port));
  onTestFinished(() => proxy.stop());
  const { group, one, other, blocked, put, left } = open(inject('redisUrl'), proxy.port);
  const waits = [group.wait(one, LONG), group.wait(other, LONG)];
  const ended = Promise.all(waits.map((wait) => expect(wait).rejects.toThrow('Connection is closed.')));
  await blocked();
  proxy.pause();
  // Resolves, though the command has no answer.
  await Promise.all([group.interrupt(one), group.interrupt(other)]);
  await ended;
  await put(one);
  expect(await left(one)).toEqual(['0', '0']);
});
