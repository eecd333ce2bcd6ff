/** Redis addresses in, ioredis clients out: single node, TLS, Sentinel, Cluster, or the host's own instance. */
import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { ConfigError } from '../errors.js';

export type RedisClient = Redis | Cluster;

/** What a client is for, which decides how it treats a Redis that is away. */
export type ClientPurpose =
  /** Commands fail within a few seconds: their caller waits for an answer. */
  | 'commands'
  /** Waits for ever: there is nobody to tell, and the work goes on when Redis is back. */
  | 'worker';

/** Where Redis is, and how to open connections to it. */
export interface RedisTarget {
  readonly isCluster: boolean;
  /** Host and port, for log lines. */
  readonly address: string;
  connect(purpose: ClientPurpose): RedisClient;
}

/** ms */
const CONNECT_TIMEOUT = 2_000;
/** A connection on which an answer is awaited this long is taken to be dead. ms */
const SOCKET_TIMEOUT = 4_000;

const SETTINGS: Readonly<Record<ClientPurpose, RedisOptions>> = {
  commands: {
    // One reconnect: a fail-over is ridden out, an outage is told. Sending again is safe, as every job has its id.
    maxRetriesPerRequest: 1,
    connectTimeout: CONNECT_TIMEOUT,
    socketTimeout: SOCKET_TIMEOUT,
  },
  worker: {
    // BullMQ demands it; its blocking read has its own watchdog.
    maxRetriesPerRequest: null,
    connectTimeout: 10_000,
  },
};

/** Quick at first, then every two seconds, for ever. */
const retryDelay = (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 2_000);

const FORMS =
  'redis://host:port/db, rediss://… (TLS), redis-cluster://host:port,host:port, redis-sentinel://host:port,host:port/name';

/**
 * Reads an address.
 *
 * @throws {ConfigError} naming the forms that there are; the message holds no password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const match = /^(rediss?)(-cluster|-sentinel)?:\/\/(?:([^@/]*)@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url);
  const [, scheme, kind, credentials, hosts, path] = match ?? [];
  const nodes = (hosts ?? '').split(',').map(parseNode);
  if (!match || nodes.some((node) => node === undefined)) {
    const problem = `is not an address that can be used; the forms are ${FORMS}`;
    throw new ConfigError('The Redis address is wrong', [{ path: ['connection'], message: problem }]);
  }
  const known = nodes.filter((node) => node !== undefined);
  const base: RedisOptions = { ...parseCredentials(credentials), ...(scheme === 'rediss' ? { tls: {} } : {}) };
  const address = known.map(({ host, port }) => `${host}:${port}`).join(',');
  if (kind === '-cluster') {
    return { isCluster: true, address, connect: (purpose) => new Cluster(known, clusterOptions(purpose, base)) };
  }
  if (kind === '-sentinel') {
    const sentinels = known.map(({ host, port }) => ({ host, port: port ?? 26_379 }));
    const name = path || 'mymaster';
    return {
      isCluster: false,
      address: `${address}/${name}`,
      connect: (purpose) =>
        new Redis({ ...base, sentinels, name, ...nodeOptions(purpose), sentinelRetryStrategy: retryDelay }),
    };
  }
  const [node] = known;
  const db = path ? Number(path) : 0;
  if (!Number.isInteger(db)) {
    throw new ConfigError('The Redis address is wrong', [
      { path: ['connection'], message: `"${path}" is no database number` },
    ]);
  }
  return {
    isCluster: false,
    address: db > 0 ? `${address}/${db}` : address,
    connect: (purpose) => new Redis({ ...base, ...(node ?? {}), db, ...nodeOptions(purpose) }),
  };
}

/**
 * Takes the host's own instance as the address: connections of our own are opened beside it with its settings, so that
 * it is neither closed nor blocked by us.
 */
export function fromInstance(instance: RedisClient): RedisTarget {
  if (instance instanceof Cluster || instance.isCluster) {
    const cluster = instance as Cluster;
    const nodes = cluster.nodes('all').map(({ options }) => `${options.host}:${options.port}`);
    return {
      isCluster: true,
      address: nodes.join(',') || 'the cluster of the given instance',
      connect: (purpose) => cluster.duplicate([], clusterOptions(purpose, cluster.options.redisOptions)),
    };
  }
  const redis = instance as Redis;
  const { host, port, path, keyPrefix } = redis.options;
  if (keyPrefix) {
    const message = `has the keyPrefix "${keyPrefix}", which BullMQ cannot work with; use createJobs({ prefix }) instead`;
    throw new ConfigError('The ioredis instance cannot be used', [{ path: ['connection'], message }]);
  }
  return {
    isCluster: false,
    address: path ?? `${host}:${port}`,
    connect: (purpose) => redis.duplicate({ ...nodeOptions(purpose), lazyConnect: false, enableOfflineQueue: true }),
  };
}

function nodeOptions(purpose: ClientPurpose): RedisOptions {
  return { ...SETTINGS[purpose], retryStrategy: retryDelay };
}

function clusterOptions(purpose: ClientPurpose, base: ClusterOptions['redisOptions']): ClusterOptions {
  return {
    redisOptions: { ...base, ...SETTINGS[purpose] },
    clusterRetryStrategy: retryDelay,
    // Between a node's death and its replica's promotion, commands are sent again for about this long.
    retryDelayOnClusterDown: 200,
    maxRedirections: purpose === 'worker' ? 64 : 16,
    slotsRefreshTimeout: CONNECT_TIMEOUT,
  };
}

function parseNode(text: string): ({ host: string; port: number } & ClusterNode) | undefined {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  return host === undefined ? undefined : { host, port: match?.[3] === undefined ? 6_379 : Number(match[3]) };
}

function parseCredentials(text: string | undefined): RedisOptions {
  if (!text) return {};
  const [username = '', ...rest] = text.split(':');
  const password = rest.join(':');
  return {
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
}
