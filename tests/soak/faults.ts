/** The faults, one after the other: where each happens, how it is brought about and how it is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type FaultyProxy,
  type RedisClusterServer,
  type RedisSentinelServer,
  type RedisServer,
  startProxy,
} from '@bizinsights/test-servers';
import pg from 'pg';
import type { Crew } from './crew.js';
import { pick, type Random } from './random.js';
import type { Servers } from './servers.js';
import { until } from './until.js';

/** What a fault is brought about with. */
export interface FaultTools {
  readonly crew: Crew;
  readonly random: Random;
  /** How long a store is away: 2 s in the short form, else up to 8 s. ms */
  readonly outage: () => number;
  /** What is waited for at most. ms */
  readonly patience: number;
}

/** Where a fault happens, made ready for one run. */
export interface Stage {
  /** The store as the run's processes reach it. */
  readonly url: string;
  /** The store past a proxy, for whoever looks at it afterwards. */
  readonly direct: string;
  /** Brings the fault about and ends it: resolves when all servers are whole again. */
  inject(tools: FaultTools): Promise<void>;
  close(): Promise<void>;
}

export interface Fault {
  /** Begins with its engine. */
  readonly name: string;
  readonly about: string;
  /** It breaks no server: others may have the same one at the same time. */
  readonly sharesServer?: boolean;
  /** Nothing but workers dies: the short form has locks that end soon. */
  readonly killsWorkers?: boolean;
  /** How many workers one run may lose, one after the other: those that are killed in turn. Default 1. */
  readonly deaths?: number;
  /** Workers are cut off for longer than their locks live, or take jobs of others: an effect without an answer may come again. */
  readonly losesLocks?: boolean;
  /** The store itself loses writes that it has acknowledged meanwhile: what comes of that is a number, and no failure. */
  readonly losesWrites?: boolean;
  /** Its processes ask for the acknowledgement of so many replicas. */
  readonly replicas?: number;
  /** After how long without a word a worker gives its connections up, where that is what ends the fault. ms */
  readonly silence?: number;
  open(servers: Servers): Promise<Stage>;
}

/** More than any lock lives. ms */
const CLOCK_ERROR = 45_000;

const nothing = async () => undefined;

function onRedis(inject: (redis: RedisServer, tools: FaultTools) => Promise<void>): Fault['open'] {
  return async (servers) => {
    const redis = await servers.redis();
    return { url: redis.url, direct: redis.url, inject: (tools) => inject(redis, tools), close: nothing };
  };
}

function onCluster(inject: (cluster: RedisClusterServer, tools: FaultTools) => Promise<void>): Fault['open'] {
  return async (servers) => {
    const cluster = await servers.cluster();
    return { url: cluster.url, direct: cluster.url, inject: (tools) => inject(cluster, tools), close: nothing };
  };
}

function onSentinel(inject: (sentinel: RedisSentinelServer, tools: FaultTools) => Promise<void>): Fault['open'] {
  return async (servers) => {
    const sentinel = await servers.sentinel();
    return { url: sentinel.url, direct: sentinel.url, inject: (tools) => inject(sentinel, tools), close: nothing };
  };
}

type Postgres = Awaited<ReturnType<Servers['postgres']>>;

function onPostgres(inject: (postgres: Postgres, tools: FaultTools) => Promise<void>): Fault['open'] {
  return async (servers) => {
    const postgres = await servers.postgres();
    return {
      url: postgres.url,
      direct: postgres.url,
      inject: (tools) => inject(postgres, tools),
      close: postgres.drop,
    };
  };
}

/** The same on Redis and on PostgreSQL, through a proxy. */
function behindProxy(
  fault: Omit<Fault, 'name' | 'open'> & { name: string },
  inject: (proxy: FaultyProxy, tools: FaultTools) => Promise<void>,
): Fault[] {
  const open = async (direct: string, close: () => Promise<void>): Promise<Stage> => {
    const url = new URL(direct);
    const proxy = await startProxy(Number(url.port));
    url.port = String(proxy.port);
    return {
      url: url.href,
      direct,
      inject: (tools) => inject(proxy, tools),
      async close() {
        await proxy.stop();
        await close();
      },
    };
  };
  const shared = { ...fault, sharesServer: true };
  return [
    { ...shared, name: `redis-${fault.name}`, open: async (servers) => open((await servers.redis()).url, nothing) },
    {
      ...shared,
      name: `postgres-${fault.name}`,
      async open(servers) {
        const { url, drop } = await servers.postgres();
        return open(url, drop);
      },
    },
  ];
}

/** The same on Redis and on PostgreSQL, to the workers. */
function toWorkers(
  fault: Omit<Fault, 'name' | 'open'> & { name: string },
  inject: (tools: FaultTools) => Promise<void>,
): Fault[] {
  const shared = { ...fault, sharesServer: true, killsWorkers: true };
  return [
    { ...shared, name: `redis-${fault.name}`, open: onRedis((_, tools) => inject(tools)) },
    { ...shared, name: `postgres-${fault.name}`, open: onPostgres((_, tools) => inject(tools)) },
  ];
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'redis-paused',
    about: 'the process is stopped (SIGSTOP) and goes on: connections stay, nothing answers',
    open: onRedis(async (redis, { outage }) => {
      redis.pause();
      await sleep(outage());
      redis.resume();
    }),
  },
  {
    name: 'redis-stopped',
    about: 'SIGTERM, and started again after a while',
    open: onRedis(async (redis, { outage }) => {
      await redis.shutDown();
      await sleep(outage());
      await redis.start();
    }),
  },
  {
    name: 'redis-connections-killed',
    about: 'CLIENT KILL of all connections, several times',
    open: onRedis(async (redis, { random }) => {
      for (let round = 0; round < 5; round++) {
        for (const type of ['normal', 'pubsub']) await redis.command('CLIENT', 'KILL', 'TYPE', type);
        await sleep(random() * 400);
      }
    }),
  },
  {
    name: 'redis-killed',
    about: 'SIGKILL with its append-only file on, and started again after a while',
    open: onRedis(async (redis, { outage }) => {
      await redis.kill();
      await sleep(outage());
      await redis.start();
    }),
  },
  {
    name: 'redis-full',
    about: '`maxmemory` is reached: each write is refused for a while',
    open: onRedis(async (redis, { outage }) => {
      await redis.command('CONFIG', 'SET', 'maxmemory', '1');
      await sleep(outage());
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    }),
  },
  {
    name: 'cluster-master-killed',
    about: 'SIGKILL of the master that has the jobs; its replica takes its place, and it comes back as the replica',
    open: onCluster(async (cluster, { patience }) => {
      const master = await cluster.ownerOf(await slotOf('{work}', cluster));
      await pauseWrites(master, patience);
      await master.kill();
      await until(
        'a replica takes the place of its master',
        patience,
        async () => (await cluster.masters()).length === 3,
      );
      await master.start();
      await cluster.healthy();
    }),
  },
  {
    name: 'cluster-failover',
    about: 'CLUSTER FAILOVER, which loses nothing, to each replica',
    open: onCluster(async (cluster, { random }) => {
      for (const replica of await cluster.replicas()) {
        await replica.command('CLUSTER', 'FAILOVER');
        await sleep(random() * 500);
        await cluster.healthy();
      }
    }),
  },
  {
    name: 'cluster-resharding',
    about: 'the slots of both queues and of the schedules go to other masters, key by key',
    open: onCluster(async (cluster, { random }) => {
      const masters = await cluster.masters();
      for (const tag of ['{work}', '{ticks}', '{schedules}', '{work}']) {
        const slot = await slotOf(tag, cluster);
        const owner = await cluster.ownerOf(slot);
        await cluster.moveSlot(
          slot,
          pick(
            random,
            masters.filter((one) => one !== owner),
          ),
        );
      }
    }),
  },
  {
    name: 'sentinel-killed',
    about: 'SIGKILL of the master; the Sentinel puts the replica in its place, and it comes back as the replica',
    open: onSentinel(async (sentinel, { patience }) => {
      const master = await sentinel.currentMaster();
      const replica = master === sentinel.master ? sentinel.replica : sentinel.master;
      await pauseWrites(master, patience);
      await sentinel.killMaster();
      // As a replica at once: as a master it would take writes until the Sentinel has seen it.
      await master.start(['--replicaof', '127.0.0.1', String(replica.port)]);
      await inLine(master, replica, patience);
    }),
  },
  {
    name: 'sentinel-manual',
    about:
      'SENTINEL FAILOVER with both servers healthy: the old master goes on to acknowledge, and what it took is dropped',
    losesWrites: true,
    open: onSentinel(failOver),
  },
  {
    name: 'sentinel-manual-acknowledged',
    about: 'the same with `acknowledge: { replicas: 1 }`: what an `add` or a step has promised is kept',
    replicas: 1,
    // That a worker has taken a job is acknowledged by nobody: the new master may give it to another one.
    losesLocks: true,
    open: onSentinel(failOver),
  },
  {
    name: 'postgres-restarted',
    about: 'an immediate shutdown (SIGQUIT), and started again after a second',
    open: onPostgres(async ({ server }) => {
      await server.kill();
      await sleep(1_000);
      await server.start();
    }),
  },
  {
    name: 'postgres-terminated',
    about: '`pg_terminate_backend` of all connections, several times',
    open: onPostgres(async ({ server, url }, { random }) => {
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      try {
        for (let round = 0; round < 5; round++) {
          const database = new URL(url).pathname.slice(1);
          await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [database]);
          await sleep(random() * 400);
        }
      } finally {
        await client.end();
      }
    }),
  },
  ...behindProxy(
    {
      name: 'half-open',
      about: 'a proxy swallows all that the connections say and keeps them open; new ones work',
      losesLocks: true,
      silence: 30_000,
    },
    async (proxy) => proxy.swallow(),
  ),
  ...behindProxy(
    { name: 'silent', about: 'a proxy holds all bytes back for a while, those of new connections too' },
    async (proxy, { outage }) => {
      proxy.pause();
      await sleep(outage());
      proxy.resume();
    },
  ),
  ...behindProxy(
    { name: 'delayed', about: 'a proxy brings each byte 200 ms later for a while' },
    async (proxy, { outage }) => {
      proxy.delay(200);
      await sleep(outage());
      proxy.delay(0);
    },
  ),
  ...behindProxy(
    { name: 'cut', about: 'a proxy ends all connections in the middle of what they say, several times' },
    async (proxy, { random }) => {
      for (let round = 0; round < 5; round++) {
        proxy.cut();
        await sleep(random() * 400);
      }
    },
  ),
  ...toWorkers(
    { name: 'workers-killed', about: 'SIGKILL of each worker, and another one in its place', deaths: 2 },
    async ({ crew }) => {
      for (const worker of crew.workers) {
        await worker.kill();
        await crew.startWorker();
      }
    },
  ),
  ...toWorkers(
    { name: 'workers-rolled', about: 'a new worker, then SIGTERM to an old one, until all are new' },
    async ({ crew }) => {
      for (const worker of crew.workers) {
        await crew.startWorker();
        await worker.stop();
      }
    },
  ),
  ...toWorkers(
    {
      name: 'worker-clocks',
      about: 'two more workers, whose clocks are 45 s ahead and behind; they may refuse to work',
    },
    async ({ crew, outage }) => {
      const misled = await Promise.all([CLOCK_ERROR, -CLOCK_ERROR].map((ms) => crew.startMisled(ms)));
      await sleep(outage());
      await Promise.all(misled.map((worker) => worker.stop()));
    },
  ),
];

async function failOver(sentinel: RedisSentinelServer, { patience }: FaultTools): Promise<void> {
  const master = await sentinel.currentMaster();
  const replica = master === sentinel.master ? sentinel.replica : sentinel.master;
  await sentinel.failOver();
  await until('the roles have changed', patience, async () => (await sentinel.currentMaster()) === replica);
  await inLine(master, replica, patience);
}

/** The slot of a hash tag. */
async function slotOf(tag: string, { nodes: [node] }: RedisClusterServer): Promise<number> {
  return Number((await node?.command('CLUSTER', 'KEYSLOT', tag))?.slice(1));
}

/**
 * Holds back the commands that write, until the replica has all that its master has acknowledged. Redis answers before its
 * replica has a write, and one that a SIGKILL loses in between is not ours to keep.
 */
async function pauseWrites(master: RedisServer, patience: number): Promise<void> {
  await master.command('CLIENT', 'PAUSE', String(patience), 'WRITE');
  await until('the replica has what its master has', patience, async () => {
    const info = await master.command('INFO', 'replication');
    const [, written] = /master_repl_offset:(\d+)/.exec(info) ?? [];
    return written !== undefined && info.includes(`,offset=${written},`);
  });
}

/** Waits until a server is the replica of another one and has all that the other one has. */
async function inLine(replica: RedisServer, master: RedisServer, patience: number): Promise<void> {
  await until('the old master is in line with the new one', patience, async () => {
    const info = await replica.command('INFO', 'replication').catch((error: NodeJS.ErrnoException) => {
      // A Sentinel that changes the roles of a server closes its connections (CLIENT KILL), also the one that asks here.
      if (error.code === 'ECONNRESET') return '';
      throw error;
    });
    return info.includes(`master_port:${master.port}`) && info.includes('master_link_status:up');
  });
}
