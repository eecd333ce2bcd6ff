/** The servers that faults happen to: each is started when the first fault needs it. Each run has a prefix of its own. */
import {
  createDatabase,
  type PostgresServer,
  type RedisClusterServer,
  type RedisSentinelServer,
  type RedisServer,
  startPostgres,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
} from '@bizinsights/test-servers';

/** A master that has not been heard of for so long counts as gone. ms */
const NODE_TIMEOUT = 1_500;

/** Starts something at the first call, and gives the same one at each later call. */
class Lazy<S extends { stop(): Promise<void> }> {
  readonly #start: () => Promise<S>;
  #started: Promise<S> | undefined;

  constructor(start: () => Promise<S>) {
    this.#start = start;
  }

  get(): Promise<S> {
    this.#started ??= this.#start();
    return this.#started;
  }

  async stop(): Promise<void> {
    await (await this.#started)?.stop();
  }
}

export class Servers {
  readonly #redis = new Lazy(() => startRedis({ appendOnly: true }));
  readonly #cluster = new Lazy(() => startRedisCluster({ replicas: true, nodeTimeout: NODE_TIMEOUT }));
  readonly #sentinel = new Lazy(() => startRedisSentinel());
  readonly #postgres = new Lazy(() => startPostgres({ isDurable: true }));

  /** With its append-only file on. */
  redis(): Promise<RedisServer> {
    return this.#redis.get();
  }

  /** With a replica for each master. */
  cluster(): Promise<RedisClusterServer> {
    return this.#cluster.get();
  }

  sentinel(): Promise<RedisSentinelServer> {
    return this.#sentinel.get();
  }

  /** A new database of one that waits for the disk at each commit: what it acknowledged survives its death. */
  async postgres(): Promise<{ readonly server: PostgresServer; readonly url: string; drop(): Promise<void> }> {
    const server = await this.#postgres.get();
    return { server, ...(await createDatabase(server.url)) };
  }

  async close(): Promise<void> {
    await Promise.all([this.#redis, this.#cluster, this.#sentinel, this.#postgres].map((server) => server.stop()));
  }
}
