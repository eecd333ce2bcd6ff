/** The forms of a connection to Redis: each adds a job and runs it. */
import { join } from 'node:path';
import { type RedisServer, startLoopClock, startRedis, startRedisSentinel } from '@bizinsights/test-servers';
import { Cluster, Redis } from 'ioredis';
import RedisMock from 'ioredis-mock';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { ConfigError, EngineUnavailableError } from '../../errors.js';
import { createJobs } from '../../jobs.js';
import type { CreateJobsOptions } from '../../jobs-instance.js';
import { silentLogger } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { startChild } from '../../worker/fixtures/child.js';

const sums = defineQueue({ name: 'sums', schema: z.object({ a: z.number(), b: z.number() }), result: z.number() });
const others = defineQueue({ name: 'others', schema: z.object({}) });

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const server = async (options: Parameters<typeof startRedis>[0]): Promise<RedisServer> => {
  const started = await startRedis(options);
  closing.push(() => started.stop());
  return started;
};
let prefixes = 0;
function open(connection: CreateJobsOptions<never>['connection'], options: { prefix?: string } = {}) {
  const prefix = options.prefix ?? `forms-${process.pid}-${++prefixes}`;
  const jobs = createJobs({ connection, prefix, queues: [sums, others], logger: silentLogger, environment: {} });
  closing.push(() => jobs.close());
  return { jobs, prefix };
}

/** Adds a job and has it run, on connections for commands, blocking reads, events and signals. */
async function addAndRun(connection: CreateJobsOptions<never>['connection']) {
  const { jobs, prefix } = open(connection);
  jobs.registerProcessor(defineProcessor({ queue: sums, process: ({ data: { a, b } }) => a + b }));
  await jobs.startWorker({ handleSignals: false });
  const { id } = await jobs.queue(sums).add({ a: 1, b: 2 });
  expect(await jobs.queue(sums).waitFor(id)).toBe(3);
  expect(await jobs.health()).toMatchObject({ engine: 'redis', reachable: true });
  return { jobs, prefix };
}

describe('an address', () => {
  it('with a password and a database', async () => {
    const redis = await server({ password: 'p@ss:w/rd' });
    const { prefix } = await addAndRun(`${redis.url}/3`);
    const client = new Redis(`${redis.url}/3`);
    closing.push(() => client.disconnect());
    expect(await client.exists(`${prefix}:sums:id`, `${prefix}:sums:meta`)).toBeGreaterThan(0);
    await client.select(0);
    expect(await client.dbsize()).toBe(0);
  });

  it('of a Sentinel, which knows where Redis is', async () => {
    const sentinel = await startRedisSentinel();
    closing.push(() => sentinel.stop());
    await addAndRun(sentinel.url);
  });

  it('of a Cluster', async () => {
    await addAndRun(inject('redisClusterUrl'));
  });

  it.each([
    ['redis://:secret@', 'is wrong'],
    ['redis://:secret@cache/x', 'is wrong'],
    ['redis-cluster://:secret@cache/2', 'is wrong'],
    ['amqp://:secret@cache', 'begins with "amqp:", which is not known'],
  ])('that cannot be used is refused without its password (%#)', (address, message) => {
    const refused = () => open(address);
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(message);
    expect(refused).not.toThrow('secret');
  });
});

describe('TLS', () => {
  it("is spoken with an authority of the host's own by an instance that has it, and refused without", async () => {
    const redis = await server({ tls: true });
    const instance = new Redis({ port: redis.port, host: '127.0.0.1', tls: { ca: redis.ca } });
    closing.push(() => instance.disconnect());
    await addAndRun(instance);
    const { jobs } = open(redis.url);
    await expect(jobs.queue(sums).add({ a: 1, b: 1 })).rejects.toThrow(/self-signed certificate/);
  });

  it('is spoken by rediss:// where Node knows the authority, by NODE_EXTRA_CA_CERTS', async () => {
    const redis = await server({ tls: true });
    const child = startChild('add-one.ts', {
      env: { REDIS_URL: redis.url, NODE_EXTRA_CA_CERTS: join(redis.dir, 'cert.pem') },
    });
    closing.push(() => child.kill('SIGKILL'));
    expect(await child.ended).toBe(0);
    expect(child.output()).toContain('added ');
  }, 90_000);
});

describe('in a Cluster', () => {
  it('all keys of a queue are in one hash slot, and each queue has its own', async () => {
    const { prefix } = await addAndRun(inject('redisClusterUrl'));
    const { jobs } = open(inject('redisClusterUrl'), { prefix });
    await jobs.queue(others).add({}, { priority: 1 });
    const [host = '', port = ''] =
      inject('redisClusterUrl').replace('redis-cluster://', '').split(',')[0]?.split(':') ?? [];
    const cluster = new Cluster([{ host, port: Number(port) }]);
    closing.push(() => cluster.disconnect());
    await new Promise((resolve) => cluster.once('ready', resolve));

    const slots = async (queue: string) => {
      const found = await Promise.all(cluster.nodes('master').map((node) => node.keys(`${prefix}:{${queue}}:*`)));
      const keys = found.flat();
      expect(keys.length).toBeGreaterThan(3);
      return new Set(await Promise.all(keys.map((key) => cluster.cluster('KEYSLOT', key))));
    };
    const [first, second] = await Promise.all([slots('sums'), slots('others')]);
    expect(first.size).toBe(1);
    expect(second.size).toBe(1);
    expect([...first]).not.toEqual([...second]);
  });
});

describe("the host's own instance", () => {
  it('is neither closed nor blocked, and its own settings are not in the way', async () => {
    const instance = new Redis(inject('redisUrl'), {
      maxRetriesPerRequest: 3,
      commandTimeout: 500,
      socketTimeout: 500,
      enableOfflineQueue: false,
      enableAutoPipelining: true,
      stringNumbers: true,
    });
    closing.push(() => instance.disconnect());
    await new Promise((resolve) => instance.once('ready', resolve));
    const onError = vi.fn();
    const { jobs } = await addAndRun(instance);
    jobs.events.on('worker:error', onError);
    // Longer than the limits of the instance: a worker waits for its next job without failing.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const { id } = await jobs.queue(sums).add({ a: 20, b: 3 });
    expect(await jobs.queue(sums).waitFor(id)).toBe(23);
    expect(onError).not.toHaveBeenCalled();
    await jobs.close();
    expect(instance.status).toBe('ready');
    expect(await instance.ping()).toBe('PONG');
    expect(instance.listenerCount('error')).toBe(0);
  });

  it('need not be connected yet', async () => {
    const instance = new Redis(inject('redisUrl'), { lazyConnect: true });
    closing.push(() => instance.disconnect());
    const { jobs } = await addAndRun(instance);
    await jobs.close();
    expect(instance.status).toBe('wait');
    expect(await instance.ping()).toBe('PONG');
  });

  it.each([false, true])('may be a Cluster (lazyConnect: %s)', async (lazyConnect) => {
    const nodes = inject('redisClusterUrl')
      .replace('redis-cluster://', '')
      .split(',')
      .map((node) => ({ host: '127.0.0.1', port: Number(node.split(':')[1]) }));
    const instance = new Cluster(nodes, { lazyConnect, scaleReads: 'slave', enableOfflineQueue: lazyConnect });
    closing.push(() => instance.disconnect());
    if (!lazyConnect) await new Promise((resolve) => instance.once('ready', resolve));
    const { jobs } = await addAndRun(instance);
    await jobs.close();
    expect(await instance.set(`own-${process.pid}`, 'yes')).toBe('OK');
  });

  it('is refused with a keyPrefix, which BullMQ cannot work with', () => {
    const single = new Redis(inject('redisUrl'), { keyPrefix: 'mine:', lazyConnect: true });
    const cluster = new Cluster([{ host: '127.0.0.1' }], { redisOptions: { keyPrefix: 'mine:' }, lazyConnect: true });
    for (const instance of [single, cluster]) {
      expect(() => open(instance)).toThrow(ConfigError);
      expect(() => open(instance)).toThrow(
        'keyPrefix "mine:", which BullMQ cannot work with; use createJobs({ prefix })',
      );
    }
  });

  it('is refused as an ioredis-mock, with what to take instead', () => {
    for (const mock of [new RedisMock(), new RedisMock.Cluster([{ host: '127.0.0.1', port: 6379 }])]) {
      expect(() => open(mock)).toThrow(ConfigError);
      expect(() => open(mock)).toThrow(/createTestJobs .* or `memory:`/);
    }
  });

  it('that was closed is no reason not to open connections beside it', async () => {
    const instance = new Redis(inject('redisUrl'));
    await instance.quit();
    await addAndRun(instance);
  });
});

describe('health()', () => {
  it('warns of a maxmemory-policy that may lose jobs', async () => {
    const redis = await server({ maxmemoryPolicy: 'volatile-lru', appendOnly: true });
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    closing.push(() => warn.mockRestore());
    const { jobs } = open(redis.url);
    await jobs.queue(sums).add({ a: 1, b: 1 });
    const { warnings } = await jobs.health();
    expect(warnings).toEqual([
      'maxmemory-policy is "volatile-lru": Redis may throw jobs away when memory runs out. Set it to "noeviction".',
    ]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('warns of jobs that are not kept on disk, unless the server does not show its settings', async () => {
    const redis = await server({});
    const { jobs } = open(redis.url);
    expect((await jobs.health()).warnings).toEqual([
      'appendonly is "no": a restart of Redis loses the last jobs, or all of them. Set it to "yes".',
    ]);
    await redis.command('ACL', 'SETUSER', 'default', '-config');
    expect(await jobs.health()).toMatchObject({ reachable: true, warnings: [] });
  });
});

describe('a wrong password', () => {
  it.each([
    ['a server', 'redis:', []],
    ['a Cluster', 'redis-cluster:', ['--cluster-enabled', 'yes']],
  ])(
    'of %s is reported at once and by name, and is in no message, cause or field of the error',
    async (_, scheme, args) => {
      const redis = await server({ password: 'right', args });
      const told: Error[] = [];
      const { jobs } = open(redis.url.replace('right', 'secret').replace('redis:', scheme));
      jobs.events.on('worker:error', ({ error }) => told.push(error));
      const clock = startLoopClock();
      const error = await jobs
        .queue(sums)
        .add({ a: 1, b: 1 })
        .catch((problem: unknown) => problem);
      // A server that is away is waited for, for 4 s.
      expect(clock.elapsed()).toBeLessThan(4_000);
      clock.stop();
      expect(error).toBeInstanceOf(EngineUnavailableError);
      expect(String(error)).toMatch(/the user name or password was refused \((WRONGPASS|NOAUTH) .*Check both/);
      const health = await jobs.health();
      expect(health).toMatchObject({ reachable: false, error: expect.stringContaining('password was refused') });
      expect(JSON.stringify(health)).not.toContain('secret');
      for (let one: unknown = error; one instanceof Error; one = one.cause) told.push(one);
      expect(told.length).toBeGreaterThan(1);
      for (const one of told) expect(JSON.stringify([one.message, one.stack, { ...one }])).not.toContain('secret');
    },
  );
});
