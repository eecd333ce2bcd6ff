/** Limits on Redis count the silence of the store, and neither a long line of commands nor our own lateness. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisClusterServer, type RedisServer, startRedis, startRedisCluster } from '@bizinsights/test-servers';
import { afterAll, expect, it, type TestContext, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineQueue } from '../../queue/definition.js';
import { parseRedisUrl, type RedisClient } from './connection/connection.js';
import { createRedisEngine } from './engine.js';

/** Keeps Redis busy for so long, ms. */
const BUSY = 400;
const WORK = `local start = redis.call('TIME')
repeat local now = redis.call('TIME') until (now[1] - start[1]) * 1000 + (now[2] - start[2]) / 1000 >= tonumber(ARGV[1])
return 'done'`;

/** Redis answers all that it has read at once together: so large that each command is read by itself. */
const LARGE = 'x'.repeat(100_000);

/** Longer than any limit of a producer's connection. */
const LINE = 15;

/** Stands still: no timer fires, nothing is read. ms */
function block(time: number): void {
  const end = performance.now() + time;
  while (performance.now() < end);
}

/** Started when the first test needs them, and left whole by all. */
const servers: { redis?: Promise<RedisServer>; cluster?: Promise<RedisClusterServer> } = {};
afterAll(async () => {
  await Promise.all([servers.redis, servers.cluster].map(async (server) => (await server)?.stop()));
});

async function single(): Promise<string> {
  servers.redis ??= startRedis();
  return (await servers.redis).url;
}

async function cluster(): Promise<string> {
  servers.cluster ??= startRedisCluster();
  return (await servers.cluster).url;
}

const STORES = { Redis: single, 'a Cluster': cluster };
const NAMES = ['Redis', 'a Cluster'] as const;

async function connect({ onTestFinished }: TestContext, url: string): Promise<RedisClient> {
  const client = parseRedisUrl(url).connect('commands');
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  await vi.waitFor(() => expect(client.status).toBe('ready'), { timeout: 10_000 });
  return client;
}

it.for(NAMES)('a long line of commands is carried out while answers keep coming, on %s', async (name, context) => {
  const client = await connect(context, await STORES[name]());
  const start = performance.now();
  const line = Array.from({ length: LINE }, () => client.eval(WORK, 1, 'key', BUSY, LARGE));
  const last = client.set('key', 'value');
  expect(await Promise.all(line)).toEqual(line.map(() => 'done'));
  expect(await last).toBe('OK');
  expect(performance.now() - start).toBeGreaterThan(5_000);
});

it.for(NAMES)('an answer that came while the process stood still counts, on %s', async (name, context) => {
  const client = await connect(context, await STORES[name]());
  const answers = Array.from({ length: 100 }, (_, n) => client.set(`key-${n}`, 'value'));
  // What is written goes out at the end of the turn.
  await sleep(0);
  block(5_000);
  expect(await Promise.all(answers)).toEqual(answers.map(() => 'OK'));
  // Also before anything is sent.
  const later = client.get('key-1');
  block(5_000);
  expect(await later).toBe('value');
});

it.for(NAMES)(
  'a process that stands still while it connects is not told that there is no store, on %s',
  async (name, context) => {
    const url = await STORES[name]();
    const engine = createRedisEngine(parseRedisUrl(url), { prefix: 'late', onError: () => undefined });
    context.onTestFinished(() => engine.close());
    const answer = engine.state.get('any');
    for (let nth = 0; nth < 3; nth++) {
      block(2_500);
      await sleep(1);
    }
    expect(await answer).toBeUndefined();
  },
);

it.for(NAMES)(
  'thousands of jobs are added and removed while the machine is busy, on %s',
  { timeout: 120_000 },
  async (name, context) => {
    const queue = defineQueue({ name: 'many', schema: z.object({ text: z.string() }) });
    const url = await STORES[name]();
    const jobs = createJobs({ connection: url, queues: [queue], logger: silentLogger, environment: {} });
    context.onTestFinished(() => jobs.close());
    const busy = setInterval(() => block(300), 1);
    try {
      const added = await jobs
        .queue(queue)
        .addMany(Array.from({ length: 10_000 }, () => ({ data: { text: 'x'.repeat(200) } })));
      expect(added).toHaveLength(10_000);
      expect(await jobs.queue(queue).empty()).toBe(10_000);
    } finally {
      clearInterval(busy);
    }
  },
);

it('a Cluster without one of its nodes for a while is waited for', async (context) => {
  const server = await startRedisCluster();
  context.onTestFinished(() => server.stop());
  const queues = Array.from({ length: 9 }, (_, n) => defineQueue({ name: `queue-${n}`, schema: z.object({}) }));
  const jobs = createJobs({ connection: server.url, queues, logger: silentLogger, environment: {} });
  context.onTestFinished(() => jobs.close());
  await Promise.all(queues.map((queue) => jobs.queue(queue).add({})));
  const [node] = server.nodes;
  await node?.kill();
  const adding = Promise.all(queues.map((queue) => jobs.queue(queue).add({})));
  // As long as sixteen redirections took, and more.
  await sleep(1_500);
  await node?.start();
  expect(await adding).toHaveLength(queues.length);
}, 30_000);

it('leaves nothing behind that keeps the process alive', async (context) => {
  const client = await connect(context, await single());
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const waiting = client.eval(WORK, 1, 'key', BUSY).catch(() => undefined);
  client.disconnect();
  await waiting;
  await vi.waitFor(() => expect(client.status).toBe('end'));
  expect(timers()).toBeLessThanOrEqual(before);
});
