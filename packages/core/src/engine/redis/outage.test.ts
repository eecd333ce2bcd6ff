/** A Redis that is not there yet, dies, stops answering, and comes back. Each test has its own, and all wait together. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  loopTimeOf,
  type RedisServer,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
} from '@bizinsights/test-servers';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { z } from 'zod';
import { EngineUnavailableError } from '../../errors.js';
import { createJobs } from '../../jobs.js';
import type { Logger } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';

/** What a caller waits at most, in ms of {@link loopTimeOf}: five seconds, and what a busy machine adds. */
const SOON = 9_000;
const PATIENT = { timeout: 15_000, interval: 50 };

const work = defineQueue({
  name: 'work',
  schema: z.object({ n: z.number() }),
  result: z.number(),
  defaults: { backoff: { type: 'fixed', delay: 100 } },
});
const side = defineQueue({ name: 'side', schema: z.object({}) });

/** A Redis of its own, jobs on it, and every line that they log with all of its fields. */
async function open(context: TestContext) {
  const redis = await startRedis({ password: 'secret', appendOnly: true });
  return { redis, ...openOn(context, redis.url, () => redis.stop()) };
}

function openOn({ onTestFinished }: TestContext, connection: string, stop: () => Promise<void>) {
  const lines: string[] = [];
  const line = (first: object | string, second = '') => {
    const fields =
      typeof first === 'string' ? first : JSON.stringify(first, (_key, value: unknown) => describeError(value));
    lines.push(`${fields} ${second}`);
  };
  const logger: Logger = { debug: line, info: line, warn: line, error: line, child: () => logger };
  const jobs = createJobs({ connection, queues: [work, side], logger, environment: {} });
  onTestFinished(async () => {
    await jobs.close();
    await stop();
  });
  const logged = (text: string | RegExp) => vi.waitFor(() => expect(lines.join('\n')).toMatch(text), PATIENT);
  /** Gives both queues a processor, so that a worker has several connections, and starts it. */
  const startWorker = (process: (n: number) => number | Promise<number> = (n) => n) => {
    jobs.registerProcessor(
      defineProcessor({ queue: work, concurrency: 5, process: async ({ data }) => await process(data.n) }),
    );
    jobs.registerProcessor(defineProcessor({ queue: side, async process() {} }));
    return jobs.startWorker({ handleSignals: false });
  };
  return { jobs, lines, logged, startWorker };
}

function describeError(value: unknown): unknown {
  return value instanceof Error ? { ...value, message: value.message, stack: value.stack, cause: value.cause } : value;
}

/** Whether what is awaited ends soon, whatever it ends with. */
async function endsSoon(awaited: Promise<unknown>): Promise<void> {
  expect(await loopTimeOf(awaited)).toBeLessThan(SOON);
}

function rejectsSoon(operation: Promise<unknown>): Promise<void> {
  return endsSoon(expect(operation).rejects.toThrow(EngineUnavailableError));
}

/** A Redis that is away, and how it comes back. */
const outages = {
  killed: { begin: (redis: RedisServer) => redis.kill(), end: (redis: RedisServer) => redis.start() },
  'stopped without a word': {
    begin: async (redis: RedisServer) => redis.pause(),
    end: async (redis: RedisServer) => redis.resume(),
  },
};
const kinds = ['killed', 'stopped without a word'] as const;

describe.concurrent('a producer', () => {
  it('is told within seconds that there is no Redis, and adds when there is one', async (context) => {
    const { redis, jobs } = await open(context);
    await redis.kill();
    const health = jobs.health();
    await Promise.all([jobs.queue(work).add({ n: 1 }), jobs.cache.get('any')].map(rejectsSoon));
    expect(await health).toMatchObject({ reachable: false, error: expect.stringContaining('ECONNREFUSED') });
    await redis.start();
    await jobs.queue(work).add({ n: 1 });
    expect(await jobs.queue(work).counts()).toMatchObject({ waiting: 1 });
  });

  it.for(kinds)(
    'is told within seconds that Redis was %s, for each call, and adds when it is back',
    async (kind, context) => {
      const { redis, jobs, logged } = await open(context);
      await jobs.queue(work).add({ n: 1 });
      await outages[kind].begin(redis);
      const calls = () => [
        jobs.queue(work).add({ n: 2 }, { id: 'again' }),
        jobs.queue(work).addMany([{ data: { n: 3 }, options: { id: 'many' } }]),
        jobs.queue(work).counts(),
        jobs.queue(side).add({}, { id: 'first-of-its-queue' }),
        jobs.cache.set('key', 1),
      ];
      // Those under way when the connection is lost, and those that come later.
      const underWay = calls().map(rejectsSoon);
      await logged('is lost');
      await Promise.all([...underWay, ...calls().map(rejectsSoon)]);
      await outages[kind].end(redis);
      await jobs.queue(work).add({ n: 2 }, { id: 'again' });
      expect(await jobs.queue(work).get('again')).toMatchObject({ state: 'waiting', data: { n: 2 } });
    },
  );

  it('does not feel a restart: what is under way is sent again', async (context) => {
    const { redis, jobs } = await open(context);
    await jobs.queue(work).add({ n: 0 }, { id: 'n-0' });
    let restarted = false;
    const restart = redis
      .kill()
      .then(() => redis.start())
      .finally(() => {
        restarted = true;
      });
    let n = 0;
    while (!restarted) {
      n += 1;
      await jobs.queue(work).add({ n }, { id: `n-${n}` });
    }
    await restart;
    expect(await jobs.queue(work).counts()).toMatchObject({ waiting: n + 1 });
  });

  it('that waits for a job is told, and may wait again', async (context) => {
    const { redis, jobs, startWorker } = await open(context);
    const { id } = await jobs.queue(work).add({ n: 1 });
    const waiting = expect(jobs.queue(work).waitFor(id, { timeout: 60_000 })).rejects.toThrow(EngineUnavailableError);
    await redis.kill();
    await waiting;
    await redis.start();
    await startWorker((n) => n * 2);
    expect(await jobs.queue(work).waitFor(id)).toBe(2);
  });
});

describe.concurrent('close()', () => {
  it.for(kinds)('ends within seconds although Redis was %s', async (kind, context) => {
    const { redis, jobs, startWorker, logged } = await open(context);
    const { id } = await jobs.queue(work).add({ n: 1 });
    await startWorker();
    await jobs.queue(work).waitFor(id);
    await outages[kind].begin(redis);
    const adding = expect(jobs.queue(work).add({ n: 2 })).rejects.toThrow(EngineUnavailableError);
    await logged('is lost');
    await endsSoon(jobs.close());
    await expect(jobs.queue(work).add({ n: 3 })).rejects.toThrow('jobs.close() has been called');
    await adding;
  });

  it('ends a worker that waits for its first connection', async (context) => {
    const { redis, jobs, startWorker, logged } = await open(context);
    await redis.kill();
    const started = expect(startWorker()).rejects.toThrow('told to stop before it had started');
    await logged('worker waits for the job store');
    await jobs.close();
    await started;
  });
});

describe.concurrent('a worker', () => {
  it('that is started before Redis waits for it', async (context) => {
    const { redis, jobs, startWorker, logged } = await open(context);
    await redis.kill();
    const started = startWorker();
    await logged('worker waits for the job store');
    await redis.start();
    await started;
    const { id } = await jobs.queue(work).add({ n: 5 });
    expect(await jobs.queue(work).waitFor(id)).toBe(5);
  });

  it.for(kinds)('goes on when a Redis that was %s is back: what ran meanwhile is done once', async (kind, context) => {
    const { redis, jobs, startWorker } = await open(context);
    const runs: number[] = [];
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await startWorker(async (n) => {
      runs.push(n);
      await finished;
      return n;
    });
    const added = await jobs.queue(work).addMany(Array.from({ length: 20 }, (_, n) => ({ data: { n } })));
    await vi.waitFor(() => expect(runs).toHaveLength(5), PATIENT);
    await outages[kind].begin(redis);
    // They end while nobody can be told.
    finish();
    await rejectsSoon(jobs.queue(work).counts());
    await outages[kind].end(redis);
    const results = added.map(({ id }) => jobs.queue(work).waitFor(id, { timeout: 20_000 }));
    expect(await Promise.all(results)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(runs.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('spends no attempt on what an outage keeps from being begun', async (context) => {
    const { redis, jobs, startWorker, logged } = await open(context);
    const limited = defineQueue({
      name: 'side',
      schema: z.object({}),
      rateLimit: { key: 'one', max: 100, per: 1_000 },
      defaults: { attempts: 1 },
    });
    const onBoth = createJobs({ connection: redis.url, queues: [limited], environment: {}, logger: jobs.logger });
    context.onTestFinished(() => onBoth.close());
    onBoth.registerProcessor(defineProcessor({ queue: limited, concurrency: 50, async process() {} }));
    await onBoth.startWorker({ handleSignals: false });
    await startWorker();
    const adding = onBoth.queue(limited).addMany(Array.from({ length: 2_000 }, () => ({ data: {} })));
    await vi.waitFor(async () => expect((await onBoth.queue(limited).counts()).completed).toBeGreaterThan(0), PATIENT);
    await adding;
    await redis.kill();
    await logged('is lost');
    await redis.start();
    await redis.command('DEL', 'bizinsights:bull:rate:side:one');
    const { failed } = await onBoth.queue(limited).counts();
    expect(failed).toBe(0);
  });
});

describe.concurrent('the log of an outage', () => {
  it('has a few lines, says what happens, and holds no password', async (context) => {
    const { redis, jobs, lines, startWorker, logged } = await open(context);
    await startWorker();
    lines.length = 0;
    await redis.kill();
    await rejectsSoon(jobs.queue(work).add({ n: 1 }));
    await redis.start();
    await logged(/the job store is back after \d+\.\d s/);
    expect(lines[0]).toMatch(/The connection to the job store at 127\.0\.0\.1:\d+ is lost \(.*\); it is tried again/);
    expect(lines.length).toBeLessThanOrEqual(4);
    expect(lines.join('\n')).not.toContain('secret');
  });

  it('does not fill when Redis refuses every write, and the worker does not ask without a pause', async (context) => {
    const { redis, jobs, lines, startWorker } = await open(context);
    await jobs.queue(work).addMany(Array.from({ length: 10 }, (_, n) => ({ data: { n } })));
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await expect(jobs.queue(work).add({ n: 1_234_567 })).rejects.toThrow('OOM');
    const commands = async () =>
      Number(/total_commands_processed:(\d+)/.exec(await redis.command('INFO', 'stats'))?.[1]);
    await startWorker();
    lines.length = 0;
    const before = await commands();
    await sleep(3_000);
    expect((await commands()) - before).toBeLessThan(200);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(5);
    // ioredis puts the whole command on its error, and with it the data of the job.
    expect(lines.join('\n')).not.toContain('1234567');
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    await vi.waitFor(async () => expect(await jobs.queue(work).counts()).toMatchObject({ completed: 10 }), PATIENT);
  });
});

describe.concurrent('a Sentinel', () => {
  it('leads to the new master when the old one dies', async (context) => {
    const sentinel = await startRedisSentinel();
    const { jobs, startWorker } = openOn(context, sentinel.url, () => sentinel.stop());
    // The Sentinel has to know the replica before it can take it.
    await vi.waitFor(
      async () => expect(await sentinel.replica.command('INFO', 'replication')).toMatch(/link_status:up/),
      PATIENT,
    );
    await startWorker();
    const { id } = await jobs.queue(work).add({ n: 1 });
    expect(await jobs.queue(work).waitFor(id)).toBe(1);
    await sentinel.killMaster();
    await vi.waitFor(() => jobs.queue(work).add({ n: 2 }, { id: 'after' }), PATIENT);
    expect(await jobs.queue(work).waitFor('after', { timeout: 20_000 })).toBe(2);
    expect(await sentinel.replica.command('INFO', 'replication')).toMatch(/role:master/);
  });
});

describe.concurrent('a Cluster', () => {
  it('that is away is told within seconds, and used when it is back', async (context) => {
    const cluster = await startRedisCluster();
    const { jobs, startWorker } = openOn(context, cluster.url, () => cluster.stop());
    await startWorker();
    const { id } = await jobs.queue(work).add({ n: 1 });
    expect(await jobs.queue(work).waitFor(id)).toBe(1);

    for (const node of cluster.nodes) node.pause();
    await Promise.all([1, 2, 3].map((n) => rejectsSoon(jobs.queue(work).add({ n }))));
    for (const node of cluster.nodes) node.resume();
    await vi.waitFor(() => jobs.queue(work).counts(), PATIENT);

    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await Promise.all([1, 2, 3].map((n) => rejectsSoon(jobs.queue(work).add({ n }))));
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await vi.waitFor(() => jobs.queue(work).add({ n: 7 }, { id: 'back' }), PATIENT);
    expect(await jobs.queue(work).waitFor('back', { timeout: 20_000 })).toBe(7);
  }, 60_000);
});
