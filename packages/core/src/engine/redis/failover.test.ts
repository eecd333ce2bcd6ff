/** Planned failovers: what was acknowledged by a replica is not lost, and nobody is told of an error that is none. */
import { type RedisServer, startRedis, startRedisCluster, startRedisSentinel } from '@bizinsights/test-servers';
import { Redis } from 'ioredis';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { z } from 'zod';
import { EngineUnavailableError } from '../../errors.js';
import { createJobs } from '../../jobs.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { CapturedLog } from '../../testing/behaviour/captured-log.js';
import type { RedisConnection } from '../resolve.js';

const PATIENT = { timeout: 30_000, interval: 50 };

/** In a Cluster it is on the first node. */
const work = defineQueue({ name: 'orders', schema: z.object({ n: z.number() }), result: z.number() });

function open({ onTestFinished }: TestContext, connection: RedisConnection) {
  const log = new CapturedLog();
  const jobs = createJobs({ connection, queues: [work], logger: log.logger, environment: {} });
  onTestFinished(() => jobs.close());
  return { jobs, log, queue: jobs.queue(work) };
}

async function sentinel({ onTestFinished }: TestContext) {
  const servers = await startRedisSentinel();
  onTestFinished(() => servers.stop());
  await vi.waitFor(
    async () => expect(await servers.master.command('INFO', 'replication')).toMatch(/state=online/),
    PATIENT,
  );
  const [, address = ''] = /\/\/(.*)\//.exec(servers.url) ?? [];
  const client = new Redis(`redis://${address}`);
  onTestFinished(() => client.disconnect());
  const failover = async () => {
    // The Sentinel has to have found the replica.
    await vi.waitFor(() => client.call('SENTINEL', 'FAILOVER', 'mymaster'), PATIENT);
    await vi.waitFor(
      async () => expect(await servers.master.command('INFO', 'replication')).toMatch(/role:slave/),
      PATIENT,
    );
  };
  return { ...servers, failover };
}

/** Adds until it is told to stop; answers the ids that were acknowledged. */
function produce(queue: ReturnType<typeof open>['queue'], lanes = 8) {
  let isOver = false;
  let n = 0;
  const acknowledged: string[] = [];
  const problems: unknown[] = [];
  const lane = async () => {
    while (!isOver) {
      const id = `n-${n++}`;
      await queue.add({ n }, { id }).then(
        () => acknowledged.push(id),
        (error) => problems.push(error),
      );
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));
  return {
    acknowledged,
    async stop() {
      isOver = true;
      await running;
      for (const problem of problems) expect(problem).toBeInstanceOf(EngineUnavailableError);
      return acknowledged;
    },
  };
}

/** A Cluster whose first node has a replica. */
async function clusterWithReplica({ onTestFinished }: TestContext) {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  const [master] = cluster.nodes;
  if (!master) throw new Error('A cluster has nodes');
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000', '--cluster-config-file', 'nodes.conf'];
  const replica = await startRedis({ args });
  onTestFinished(() => replica.stop());
  await replica.command('CLUSTER', 'MEET', '127.0.0.1', String(master.port));
  const id = (await master.command('CLUSTER', 'MYID')).split('\r\n')[1] ?? '';
  await vi.waitFor(async () => expect(await replica.command('CLUSTER', 'REPLICATE', id)).toMatch(/^\+OK/), PATIENT);
  await vi.waitFor(async () => expect(await master.command('INFO', 'replication')).toMatch(/state=online/), PATIENT);
  // All know of it, and it of all.
  for (const node of [...cluster.nodes, replica]) {
    await vi.waitFor(async () => expect(await node.command('CLUSTER', 'NODES')).toMatch(/slave/), PATIENT);
  }
  return { ...cluster, master, replica };
}

async function isReplica(server: RedisServer, timeout = PATIENT.timeout) {
  const look = async () => expect(await server.command('INFO', 'replication')).toMatch(/role:slave/);
  await vi.waitFor(look, { ...PATIENT, timeout });
}

describe.concurrent('with `acknowledge`', () => {
  it('a planned failover of a Sentinel loses no acknowledged job', async (context) => {
    const { url, failover } = await sentinel(context);
    const { queue } = open(context, { url, acknowledge: { replicas: 1 } });
    const producer = produce(queue);
    await vi.waitFor(() => expect(producer.acknowledged.length).toBeGreaterThan(200), PATIENT);
    await failover();
    const before = producer.acknowledged.length;
    await vi.waitFor(() => expect(producer.acknowledged.length).toBeGreaterThan(before + 200), PATIENT);
    const ids = await producer.stop();
    const found = await Promise.all(ids.map(async (id) => (await queue.get(id))?.id));
    expect(found).toEqual(ids);
  }, 60_000);

  it('and after `close` no connection to a Sentinel is left', async (context) => {
    const { url } = await sentinel(context);
    const { jobs, queue } = open(context, { url });
    await queue.add({ n: 1 });
    const [, address = ''] = /\/\/(.*)\//.exec(url) ?? [];
    const watcher = new Redis(`redis://${address}`);
    context.onTestFinished(() => watcher.disconnect());
    const others = async () => String(await watcher.client('LIST')).match(/sub=1/g)?.length ?? 0;
    await vi.waitFor(async () => expect(await others()).toBeGreaterThan(0), PATIENT);
    await jobs.close();
    // The servers themselves listen to nothing.
    await vi.waitFor(async () => expect(await others()).toBe(0), PATIENT);
  });

  it('an add is rejected when there are too few replicas, and may be repeated when they are back', async (context) => {
    const { url, master, replica } = await sentinel(context);
    const { jobs, queue } = open(context, { url: master.url, acknowledge: { replicas: 1, timeout: 2_000 } });
    await queue.add({ n: 1 }, { id: 'one' });
    expect((await jobs.health()).warnings).toEqual([
      expect.stringContaining('appendonly'),
      expect.stringContaining('min-replicas-to-write'),
    ]);
    await master.command('CONFIG', 'SET', 'min-replicas-to-write', '1');
    expect((await jobs.health()).warnings).toEqual([expect.stringContaining('appendonly')]);
    await master.command('CONFIG', 'SET', 'min-replicas-to-write', '0');
    replica.pause();
    const adding = queue.add({ n: 2 }, { id: 'two' });
    await expect(adding).rejects.toThrow(EngineUnavailableError);
    await expect(adding).rejects.toThrow('0 of 1 replicas have acknowledged it within 2000 ms');
    const many = queue.addMany([{ data: { n: 3 }, options: { id: 'three' } }]);
    await expect(many).rejects.toThrow(EngineUnavailableError);
    replica.resume();
    await vi.waitFor(() => queue.add({ n: 2 }, { id: 'two' }), PATIENT);
    expect(await queue.counts()).toMatchObject({ waiting: 3 });
    expect(url).toContain('sentinel');
  });

  it('a Cluster asks the node of the queue', async (context) => {
    const { url, replica } = await clusterWithReplica(context);
    const names = Array.from({ length: 12 }, (_, nth) => `queue-${nth}`);
    const queues = names.map((name) => defineQueue({ name, schema: z.object({}) }));
    const jobs = createJobs({
      // As long as it may be: the replica of a busy machine takes its time.
      connection: { url, acknowledge: { replicas: 1, timeout: 2_000 } },
      queues,
      logger: new CapturedLog().logger,
      environment: {},
    });
    context.onTestFinished(() => jobs.close());
    const results = await Promise.allSettled(queues.map((queue) => jobs.queue(queue).add({})));
    const slots = await Promise.all(names.map((name) => replica.command('CLUSTER', 'KEYSLOT', `bull:{${name}}:id`)));
    // The first of the three nodes has a replica, and the first third of the slots.
    const expected = slots.map((slot) => (Number(slot.slice(1)) < 16_384 / 3 - 1 ? 'fulfilled' : 'rejected'));
    expect(results.map(({ status }) => status)).toEqual(expected);
    expect(new Set(expected).size).toBe(2);
  });

  it.each([
    ['no replicas', { replicas: 0 }, 'replicas'],
    ['too much patience', { replicas: 1, timeout: 60_000 }, 'timeout'],
    ['something unknown', { replicas: 1, quorum: 2 }, 'quorum'],
  ])('refuses %s', (_what, acknowledge, field) => {
    const connection = { url: 'redis://127.0.0.1:1', acknowledge };
    expect(() => createJobs({ connection, queues: [work], environment: {} })).toThrow(field);
  });

  it('refuses a store that has no replicas of this kind', () => {
    const connection = { url: 'memory:', acknowledge: { replicas: 1 } };
    expect(() => createJobs({ connection, queues: [work], environment: {} })).toThrow('is for Redis');
  });
});

describe.concurrent('a planned failover is no error for a worker', () => {
  const startWorker = async ({ jobs }: ReturnType<typeof open>) => {
    jobs.registerProcessor(defineProcessor({ queue: work, concurrency: 5, process: ({ data }) => data.n }));
    await jobs.startWorker({ handleSignals: false });
  };
  /** Runs a job, waits until the worker waits for the next one, and runs another one after the failover. */
  const survives = async (opened: ReturnType<typeof open>, failover: () => Promise<void>) => {
    const { queue, log } = opened;
    const { id } = await queue.add({ n: 1 });
    await startWorker(opened);
    expect(await queue.waitFor(id)).toBe(1);
    await failover();
    await vi.waitFor(() => queue.add({ n: 2 }, { id: 'after' }), PATIENT);
    expect(await queue.waitFor('after', { timeout: 30_000 })).toBe(2);
    expect(log.text).not.toMatch(/UNBLOCKED|READONLY|redirections/);
  };

  it('of a Sentinel', async (context) => {
    const { url, failover } = await sentinel(context);
    await survives(open(context, { url }), failover);
  }, 60_000);

  it('of a Cluster', async (context) => {
    const { url, master, replica } = await clusterWithReplica(context);
    expect(await replica.command('CLUSTER', 'KEYSLOT', `{${work.name}}`)).toBe(':105\r\n');
    await survives(open(context, { url }), async () => {
      // A server gives a failover up that it can't carry out within five seconds: then it is asked again.
      await vi.waitFor(
        async () => {
          await replica.command('CLUSTER', 'FAILOVER');
          await isReplica(master, 7_000);
        },
        { timeout: 90_000, interval: 20 },
      );
    });
  }, 150_000);
});
