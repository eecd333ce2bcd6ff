/** Opens connections to Redis: by an address, or beside the host's own instance. */

import type { Cluster, ClusterOptions, RedisOptions } from 'ioredis';
import { defined } from '../../../defined.js';
import { ConfigError } from '../../../errors.js';
import { loadIoredis } from '../../../on-demand.js';
import type { Acknowledge } from '../acknowledge.js';
import { parseRedisAddress, type RedisAddress } from './address.js';
import { adapt, type Limits, type RedisClient, type ServerInfo } from './client.js';

export type { RedisClient } from './client.js';

/** What a client is for, which decides how it treats a Redis that is away. */
export type ClientPurpose =
  /** Commands fail as soon as their connection is lost: their caller waits for an answer. */
  | 'commands'
  /** Waits for ever: there is nobody to tell, and the work goes on when Redis is back. */
  | 'worker';

/** Where Redis is, and how to open connections to it. */
export interface RedisTarget {
  readonly isCluster: boolean;
  /** Host and port, for log lines. */
  readonly address: string;
  /** Replicas that have to have what is added before its caller hears of it. */
  readonly acknowledge?: Acknowledge | undefined;
  connect(purpose: ClientPurpose): RedisClient;
}

/** Quick at first, then every two seconds, for ever. */
const retryDelay = (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 2_000);

/** What all our connections have in common, whatever the host's own instance is set to. Times in ms. */
const COMMON = {
  lazyConnect: false,
  enableOfflineQueue: true,
  enableReadyCheck: true,
  // Two commands for each connection.
  disableClientInfo: true,
  // It halves the throughput of BullMQ's scripts.
  enableAutoPipelining: false,
  autoResubscribe: true,
  autoResendUnfulfilledCommands: true,
  readOnly: false,
  stringNumbers: false,
  // What ioredis 5 speaks and BullMQ's scripts are made for. ioredis 6 speaks RESP3 by default, and may be set to give
  // replies other forms.
  protocol: 2,
  replyMapping: 'legacy',
  retryStrategy: retryDelay,
  // A half-open connection is found by the system after this long without a word.
  keepAlive: 10_000,
  // How long a server may take to say good-bye, when we close.
  disconnectTimeout: 500,
  // After a failover we may still talk to the old master: connect anew, and send the command again. A blocking read is
  // woken with UNBLOCKED when its master becomes a replica.
  reconnectOnError: (error) => (/^(READONLY|UNBLOCKED) /.test(error.message) ? 2 : false),
  sentinelRetryStrategy: retryDelay,
  // Hears of a failover as soon as it is decided, and leaves the old master: what it still takes is lost.
  failoverDetector: true,
  sentinelReconnectStrategy: retryDelay,
  sentinelCommandTimeout: 2_000,
} as const satisfies RedisOptions;

const SETTINGS = {
  commands: {
    ...COMMON,
    // What a lost connection takes along is told at once; the engine then decides on another try.
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
  },
  worker: {
    ...COMMON,
    // BullMQ demands it.
    maxRetriesPerRequest: null,
    connectTimeout: 10_000,
  },
} as const satisfies Record<ClientPurpose, RedisOptions>;

const LIMITS: Readonly<Record<ClientPurpose, Limits>> = {
  commands: { silence: 3_000, cluster: 4_000 },
  // Longer than the 10 s that BullMQ's blocking reads take.
  worker: { silence: 30_000 },
};

/** @throws {ConfigError} for an address that cannot be used. */
export function parseRedisUrl(url: string): RedisTarget {
  const address = parseRedisAddress(url);
  const server: ServerInfo = {};
  return {
    isCluster: address.kind === 'cluster',
    address: address.text,
    connect: (purpose) => adapt(open(address, purpose), LIMITS[purpose], server),
  };
}

function open({ kind, nodes, tls, db, name, username, password }: RedisAddress, purpose: ClientPurpose): RedisClient {
  const { Cluster, Redis } = loadIoredis();
  const base: RedisOptions = {
    ...defined({ username, password }),
    ...(tls ? { tls: {} } : {}),
  };
  if (kind === 'cluster') return new Cluster([...nodes], clusterOptions(purpose, base));
  if (kind === 'single') return new Redis({ ...base, ...nodes[0], db, ...SETTINGS[purpose] });
  const sentinelTls: RedisOptions = tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {};
  return new Redis({ ...base, ...sentinelTls, sentinels: [...nodes], name, ...SETTINGS[purpose] });
}

/**
 * Takes the host's own instance as the address: connections of our own are opened beside it with its settings, so that
 * it is neither closed nor blocked by us.
 *
 * @throws {ConfigError} for one that BullMQ cannot work with.
 */
export function fromInstance(instance: RedisClient): RedisTarget {
  const server: ServerInfo = {};
  if (isCluster(instance)) {
    const { redisOptions, keyPrefix } = instance.options;
    refuseKeyPrefix(keyPrefix ?? redisOptions?.keyPrefix);
    const nodes = instance.nodes('all').map(({ options }) => `${options.host}:${options.port}`);
    return {
      isCluster: true,
      address: nodes.join(',') || 'the cluster of the given instance',
      connect: (purpose) =>
        adapt(instance.duplicate([], clusterOptions(purpose, redisOptions)), LIMITS[purpose], server),
    };
  }
  const { host, port, path, sentinels, name, db, keyPrefix } = instance.options;
  refuseKeyPrefix(keyPrefix);
  const where = sentinels?.length
    ? `${sentinels.map((sentinel) => `${sentinel.host}:${sentinel.port ?? 26_379}`).join(',')}/${name}`
    : (path ?? `${host}:${port}${db ? `/${db}` : ''}`);
  return {
    isCluster: false,
    address: where,
    connect(purpose) {
      const client = instance.duplicate(SETTINGS[purpose]);
      client.options = withoutLimits(client.options);
      return adapt(client, LIMITS[purpose], server);
    },
  };
}

/** Another client with the same settings, whose connections have a name. */
export function duplicateAs(client: RedisClient, connectionName: string): RedisClient {
  if (!isCluster(client)) return client.duplicate({ connectionName });
  return client.duplicate([], { redisOptions: { ...defined(client.options.redisOptions ?? {}), connectionName } });
}

/** Without the limits that the host's instance may have: ours count silence, and a worker's reads wait on purpose. */
function withoutLimits<Options extends RedisOptions | NonNullable<ClusterOptions['redisOptions']>>(options: Options) {
  const { commandTimeout: _command, blockingTimeout: _blocking, socketTimeout: _socket, ...others } = options;
  return others;
}

/** The host may have another copy of ioredis than we: by its own word. */
function isCluster(instance: RedisClient): instance is Cluster {
  return instance.isCluster;
}

function refuseKeyPrefix(keyPrefix: string | undefined): void {
  if (!keyPrefix) return;
  const message = `has the keyPrefix "${keyPrefix}", which BullMQ cannot work with; use createJobs({ prefix }) instead`;
  throw new ConfigError('The ioredis instance cannot be used', [{ path: ['connection'], message }]);
}

/** Of one command. The time is limited, not how often it is tried: a failover takes as long as it takes. */
const MAX_REDIRECTIONS = 10_000;

function clusterOptions(purpose: ClientPurpose, base: ClusterOptions['redisOptions']) {
  const { retryStrategy: _, ...settings } = SETTINGS[purpose];
  return {
    redisOptions: {
      ...withoutLimits(base ?? {}),
      ...settings,
    },
    lazyConnect: false,
    // A command without a cluster is told at once, as one without a connection is.
    enableOfflineQueue: purpose === 'worker',
    enableReadyCheck: true,
    enableAutoPipelining: false,
    // A replica may not know yet what has just been written.
    scaleReads: 'master',
    clusterRetryStrategy: retryDelay,
    // Between a node's death and its replica's promotion, commands are sent again for about this long.
    retryDelayOnClusterDown: 200,
    // Two nodes that send each other a command are not asked without a pause.
    retryDelayOnMoved: 20,
    maxRedirections: MAX_REDIRECTIONS,
    slotsRefreshTimeout: 2_000,
  } satisfies ClusterOptions;
}
