/** The places of a pool whose connections go silent, break and are ended. */
import { createDatabase, startLoopClock, startProxy } from '@bizinsights/test-servers';
import { expect, inject, it, vi } from 'vitest';
import { SqlPool } from './pool.js';
import { NoAnswerError } from './silence.js';
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
