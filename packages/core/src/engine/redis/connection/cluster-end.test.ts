/** A Cluster client that is told to end leaves no connection behind, whatever it does at that moment. */
import { randomUUID } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../../jobs.js';
import { silentLogger } from '../../../logger.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { adapt } from './client.js';

const PATIENT = { timeout: 10_000 };

let name = '';
let watchers: Redis[] = [];
beforeEach(() => {
  name = `ends-${randomUUID()}`;
  watchers = nodes().map((node) => new Redis(node));
});
afterEach(() => {
  for (const watcher of watchers) watcher.disconnect();
});

function nodes(): string[] {
  const [, list = ''] = inject('redisClusterUrl').split('redis-cluster://');
  return list.split(',').map((node) => `redis://${node}`);
}

function connect(): Cluster {
  const cluster = new Cluster(nodes(), { redisOptions: { connectionName: name, maxRetriesPerRequest: null } });
  const client = adapt(cluster, { silence: 30_000 });
  client.on('error', () => undefined);
  return client;
}

/** How many connections of the test the nodes have. */
async function connections(): Promise<number> {
  const lists = await Promise.all(watchers.map((watcher) => watcher.client('LIST')));
  return lists.flatMap((list) => String(list).split('\n')).filter((line) => line.includes(` name=${name}`)).length;
}

const untilReady = (client: Cluster) => vi.waitFor(() => expect(client.status).toBe('ready'), PATIENT);

it('when BullMQ closes workers that wait for jobs', async () => {
  const url = inject('redisClusterUrl');
  const numbers = defineQueue({ name: 'numbers', schema: z.object({}), result: z.number() });
  const run = async (nth: number) => {
    // BullMQ names its connections by the prefix.
    const jobs = createJobs({ connection: url, prefix: `${name}-${nth}`, queues: [numbers], logger: silentLogger });
    jobs.registerProcessor(defineProcessor({ queue: numbers, process: () => 5 }));
    await jobs.startWorker({ handleSignals: false });
    const { id } = await jobs.queue(numbers).add({});
    expect(await jobs.queue(numbers).waitFor(id)).toBe(5);
    await jobs.close();
  };
  for (let round = 0; round < 5; round++) await Promise.all([0, 1, 2, 3, 4].map((nth) => run(nth)));
  await vi.waitFor(async () => expect(await connections()).toBe(0), PATIENT);
});

it('when it hears of nodes after it was told', async () => {
  const client = connect();
  const heard = new Promise((resolve) => client.once('+node', resolve));
  await heard;
  client.disconnect();
  const late = new Redis(nodes()[0] ?? '', { connectionName: name });
  await late.ping();
  client.emit('+node', late);
  await vi.waitFor(async () => expect(await connections()).toBe(0), PATIENT);
  expect(late.status).toBe('end');
});

it('and connects again where that is asked for', async () => {
  const client = connect();
  await untilReady(client);
  const ended = new Promise((resolve) => client.once('end', resolve));
  client.disconnect();
  await ended;
  await client.connect();
  expect(await client.set(name, 'there')).toBe('OK');
  client.disconnect(true);
  await vi.waitFor(async () => expect(await client.del(name)).toBe(1), PATIENT);
  await client.quit();
  await vi.waitFor(async () => expect(await connections()).toBe(0), PATIENT);
});
