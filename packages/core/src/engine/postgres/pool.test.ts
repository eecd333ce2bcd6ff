/** The places of a pool whose connections go silent, break and are ended. */
import { Socket } from 'node:net';
import { createDatabase, startLoopClock, startProxy } from '@bizinsights/test-servers';
import pg from 'pg';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { SqlPool, type SqlPoolOptions } from './pool.js';
import { NoAnswerError, SilenceWatch } from './silence.js';
import { postgresTarget } from './target.js';

vi.setConfig({ testTimeout: 120_000 });

it('gives every place back: of connections that went silent, were refused, and broke', async ({ onTestFinished }) => {
  const { url: direct, drop } = await createDatabase(inject('postgresUrl'));
  const url = new URL(direct);
  const proxy = await startProxy(Number(url.port));
  url.port = String(proxy.port);
  const pools = await postgresTarget(url.href).open();
  onTestFinished(async () => {
    await pools.close();
    await proxy.stop();
    await drop();
  });
  const { commands } = pools;
  if (!(commands instanceof SqlPool)) throw new Error('It is not a pool of ours');
  // More than there are connections.
  const ask = (count = 25) => Array.from({ length: count }, () => commands.query<{ one: number }>('SELECT 1 AS one'));
  const isWell = async () => {
    for (const { rows } of await Promise.all(ask())) expect(rows).toEqual([{ one: 1 }]);
    expect(commands.totalCount).toBeLessThanOrEqual(10);
  };
  await isWell();
  proxy.pause();
  const clock = startLoopClock();
  for (const answer of await Promise.allSettled(ask(300))) {
    expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(NoAnswerError) });
  }
  // All at once, not ten after ten.
  expect(clock.elapsed()).toBeLessThan(40_000);
  clock.stop();
  proxy.resume();
  await isWell();
  for (let round = 0; round < 3; round++) {
    const asked = Promise.all(ask());
    await proxy.restart(50);
    await asked;
    await isWell();
  }
  await expect(commands.query('SELECT nonsense')).rejects.toThrow('nonsense');
  await isWell();
});

it('says why when no connection comes free', async ({ onTestFinished }) => {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  const pools = await postgresTarget(url).open();
  onTestFinished(async () => {
    await pools.close();
    await drop();
  });
  const { commands } = pools;
  const held = await Promise.all(Array.from({ length: 10 }, () => commands.connect()));
  await expect(commands.query('SELECT 1')).rejects.toThrow(
    'timeout exceeded when trying to connect: all 10 connections are in use, and none has come free for 5 s',
  );
  const waiting = commands.query('SELECT 1');
  for (const client of held) client.release();
  await waiting;
});

/** How long no test lasts. ms */
const NEVER = 3_600_000;

async function openPool(growth: SqlPoolOptions['growth']) {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  const limits = { connect: NEVER, answer: NEVER, work: NEVER };
  const watch = new SilenceWatch(limits, async () => new Set());
  const max = 20;
  class WatchedClient extends pg.Client {
    constructor(settings?: pg.ClientConfig) {
      const stream = new Socket();
      super({ ...settings, stream: () => stream });
      watch.add(this, stream);
    }
  }
  const own = new pg.Pool({ connectionString: url, max, Client: WatchedClient });
  const pool = new SqlPool(own, watch, { max, patience: NEVER, ...(growth && { growth }) });
  onTestFinished(async () => {
    await pool.end();
    await drop();
  });
  return pool;
}

it('sends many statements on few connections where others come free', async () => {
  const pool = await openPool({ atOnce: 3, pause: NEVER });
  const sums = await Promise.all(Array.from({ length: 100 }, (_, n) => pool.query<{ n: number }>(`SELECT ${n} AS n`)));
  expect(sums.map(({ rows }) => rows[0]?.n)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(pool.totalCount).toBe(3);
  // A connection that broke, and one that is held, keep none of those who wait from theirs.
  const held = await pool.connect();
  await expect(pool.query('SELECT nonsense')).rejects.toThrow('nonsense');
  await Promise.all(Array.from({ length: 100 }, () => pool.query('SELECT 1')));
  expect(pool.totalCount).toBeLessThanOrEqual(3);
  held.release();
});

it('opens more connections for those who wait while none comes free, up to its size', async () => {
  const pool = await openPool({ atOnce: 2, pause: 20 });
  const held = await Promise.all(Array.from({ length: 20 }, () => pool.connect()));
  expect(pool.totalCount).toBe(20);
  const waiting = pool.query<{ one: number }>('SELECT 1 AS one');
  for (const client of held) client.release();
  expect((await waiting).rows).toEqual([{ one: 1 }]);
});
