/** A Cluster that serves no slots for a while: its clients are ready again behind that, and whoever waits for them goes on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisClusterServer, startRedisCluster } from '@bizinsights/test-servers';
import { Cluster } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../../jobs.js';
import { silentLogger } from '../../../logger.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { adapt } from './client.js';

const PATIENT = { timeout: 30_000, interval: 50 };

/** Longer than a worker waits for a job that is due in a second, and than BullMQ's patience with that. ms */
const OUTAGE = 5_000;

/** A Cluster that can be made to say that it is down, as it does between the end of a master and its replica's promotion. */
async function startCluster() {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  const [owner] = cluster.nodes;
  if (!owner) throw new Error('A cluster has nodes');
  return {
    ...cluster,
    async breakDown() {
      for (const node of cluster.nodes) await node.command('CLUSTER', 'DELSLOTS', '0');
      await states(cluster, 'fail');
    },
    async mend() {
      await owner.command('CLUSTER', 'ADDSLOTS', '0');
      await states(cluster, 'ok');
    },
  };
}

async function states({ nodes }: RedisClusterServer, state: 'fail' | 'ok'): Promise<void> {
  for (const node of nodes) {
    const look = async () => expect(await node.command('CLUSTER', 'INFO')).toContain(`cluster_state:${state}`);
    await vi.waitFor(look, PATIENT);
  }
}

function connect({ nodes }: RedisClusterServer): Cluster {
  const addresses = nodes.map(({ port }) => `redis://127.0.0.1:${port}`);
  const client = adapt(new Cluster(addresses, { lazyConnect: true }), { silence: 30_000 });
  onTestFinished(() => client.disconnect());
  return client;
}

it('a connect that found it down ends when it is up', async () => {
  const cluster = await startCluster();
  const client = connect(cluster);
  await cluster.breakDown();
  const hasFoundItDown = new Promise((resolve) => client.once('reconnecting', resolve));
  const connected = client.connect();
  await hasFoundItDown;
  await cluster.mend();
  await connected;
  expect(client.status).toBe('ready');
}, 60_000);

it('a connect that found it down ends with its client', async () => {
  const cluster = await startCluster();
  const client = connect(cluster);
  await cluster.breakDown();
  // ioredis waits for its next attempt, and one more connection of the one before has ended: that changes the status.
  const isBetween = new Promise((resolve) => client.once('reconnecting', () => client.once('close', resolve)));
  const refused = expect(client.connect()).rejects.toThrow('Connection is closed.');
  await isBetween;
  client.disconnect();
  await refused;
}, 60_000);

it('a worker that waited for a job meanwhile takes it', async () => {
  const cluster = await startCluster();
  const numbers = defineQueue({ name: 'numbers', schema: z.object({}), result: z.number() });
  const jobs = createJobs({ connection: cluster.url, queues: [numbers], logger: silentLogger, environment: {} });
  onTestFinished(() => jobs.close());
  jobs.registerProcessor(defineProcessor({ queue: numbers, process: () => 5 }));
  await jobs.startWorker({ handleSignals: false });
  const queue = jobs.queue(numbers);
  const first = await queue.add({});
  expect(await queue.waitFor(first.id)).toBe(5);
  const second = await queue.add({}, { delay: 1_000 });
  await cluster.breakDown();
  await sleep(OUTAGE);
  await cluster.mend();
  expect(await queue.waitFor(second.id, { timeout: 30_000 })).toBe(5);
}, 90_000);
