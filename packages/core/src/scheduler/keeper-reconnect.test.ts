/** A store that was lost and is back: its workers look for what it has lost, and do not wait for their turn. */
import {
  createDatabase,
  type PostgresServer,
  startPostgres,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
} from '@bizinsights/test-servers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { resolveEngine } from '../engine/resolve.js';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';

const HOUR = 3_600_000;
const PATIENT = { timeout: 30_000, interval: 50 };
const queue = defineQueue({ name: 'syncs', schema: z.object({}) });
const keys = ['sync:a', 'sync:b'];

/** So many workers on a store, which keep the schedules of their processor, and a look at what is planned. */
async function open(connection: string, workers: number) {
  for (let n = 0; n < workers; n++) {
    const jobs = createJobs({ connection, queues: [queue], logger: silentLogger, environment: {} });
    onTestFinished(() => jobs.close());
    const schedules = keys.map((key) => ({ key, data: {}, every: HOUR }));
    jobs.registerProcessor(defineProcessor({ queue, process() {}, schedules }));
    await jobs.startWorker({ handleSignals: false });
  }
  const engine = resolveEngine(connection, { prefix: 'bull', onError() {} });
  onTestFinished(() => engine.close());
  const planned = () =>
    vi.waitFor(async () => {
      const runs = await engine.queue(queue.name).plannedRuns(keys);
      expect(runs).toEqual(keys.map(() => expect.objectContaining({ isLive: true })));
    }, PATIENT);
  await engine.ready();
  await planned();
  // The start of the last worker is over: what is missing from now on is not found by it.
  await vi.waitFor(async () => expect(await engine.state.exists('schedules:keeper')).toBe(false), PATIENT);
  return { engine, planned };
}

it('a Redis that comes back empty has its schedules again', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const { planned } = await open(redis.url, 2);
  await redis.kill();
  await redis.start();
  await planned();
});

it('also where it was away for so short a time that nobody was told', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const { planned } = await open(redis.url, 2);
  await redis.command('FLUSHALL');
  await redis.command('CLIENT', 'KILL', 'TYPE', 'NORMAL');
  await planned();
});

it('a Redis that comes back with what it had is looked through at once', async () => {
  const redis = await startRedis({ appendOnly: true });
  onTestFinished(() => redis.stop());
  const { engine, planned } = await open(redis.url, 2);
  await engine.queue(queue.name).unplanRuns(keys);
  await redis.kill();
  await redis.start();
  await planned();
});

it('so is a replica that has become the master', async () => {
  const sentinel = await startRedisSentinel();
  onTestFinished(() => sentinel.stop());
  const { engine, planned } = await open(sentinel.url, 2);
  await engine.queue(queue.name).unplanRuns(keys);
  await vi.waitFor(async () => {
    const isThere = (await sentinel.replica.command('EXISTS', 'bizinsights:bull:{schedules}:records')).includes('1');
    expect(isThere).toBe(true);
  }, PATIENT);
  await sentinel.killMaster();
  await planned();
});

it('and a PostgreSQL that was restarted, or has closed all connections', async () => {
  const server: PostgresServer = await startPostgres({ isDurable: true });
  onTestFinished(() => server.stop());
  const { url } = await createDatabase(server.url);
  const { engine, planned } = await open(url, 2);
  await engine.queue(queue.name).unplanRuns(keys);
  await server.kill();
  await server.start();
  await planned();
});

it('and a Redis Cluster whose nodes have closed all connections', async () => {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  const { planned } = await open(cluster.url, 2);
  // One after the other: what the first one's loss has made the workers do, the others take away again.
  for (const { command } of cluster.nodes) {
    await command('FLUSHALL');
    await command('CLIENT', 'KILL', 'TYPE', 'NORMAL');
  }
  await planned();
});
