/** From what the host gave as `connection` to an engine. */
import type { Cluster, Redis } from 'ioredis';
import { z } from 'zod';
import { ConfigError, toIssues } from '../errors.js';
import type { Engine, EngineOptions } from './contract.js';
import { lazyEngine } from './lazy-engine.js';
import { sqlDataProblem } from './postgres/contents.js';
import type { SqlTarget } from './postgres/engine.js';
import { embeddedTarget, type PoolLike, poolTarget, postgresTarget } from './postgres/target.js';
import type { Acknowledge } from './redis/acknowledge.js';
import { fromInstance, parseRedisUrl, type RedisTarget } from './redis/connection/connection.js';

/**
 * Where the jobs are: an address, or the host's own ioredis instance or `pg.Pool`. Those are taken as the address and
 * the settings of connections of our own; they are never closed, blocked or otherwise used.
 */
export type Connection = string | Redis | Cluster | PoolLike | RedisConnection;

/**
 * A Redis with more to be said of it than its address.
 *
 * @example
 * ```ts
 * createJobs({ connection: { url: 'redis-sentinel://a,b,c/main', acknowledge: { replicas: 1 } }, queues });
 * ```
 */
export interface RedisConnection {
  /** Its address, or the host's own ioredis instance. */
  readonly url: string | Redis | Cluster;
  /**
   * An `add` resolves when so many replicas have the job, and so does the write of a step: a failover loses none of what
   * was acknowledged. It costs the way to the replica and back. With too few replicas it rejects with
   * `EngineUnavailableError` after `timeout` ms; the job may be there all the same, and is safe to add again with an `id`.
   * Default: the master alone acknowledges.
   */
  readonly acknowledge?: Acknowledge | undefined;
}

/** The embedded store's folder when nothing else is said. */
export const DEFAULT_DIRECTORY = '.bizinsights/jobs';

const NOT_A_CONNECTION = 'is neither an address, nor an ioredis instance, nor a pg.Pool';

/** As of a variable that a deployment sets to nothing: the default would keep the jobs elsewhere than was meant. */
const EMPTY =
  'is empty: give it an address, or leave it out for `REDIS_URL` or the default store; a variable that may be empty is ' +
  'given as `process.env.REDIS_URL || undefined`';

const isEmpty = (url: unknown) => typeof url === 'string' && url.trim() === '';

/** How an address begins, and what it means. */
const SCHEMES = {
  redis: /^rediss?(-cluster|-sentinel)?:\/\//,
  postgres: /^postgres(ql)?:\/\//,
  embedded: /^(file:|memory:)/,
} as const;

/**
 * An empty address makes an engine without a store: a build may have set the variable to nothing.
 *
 * @throws {ConfigError} for something that is no connection.
 */
export function resolveEngine(connection: Connection, options: EngineOptions): Engine {
  if (isEmpty(connection)) return engineWithoutStore(wrongConnection(EMPTY));
  if (typeof connection === 'string') return fromUrl(connection.trim(), options);
  if (typeof connection !== 'object' || connection === null) throw wrongConnection(NOT_A_CONNECTION);
  if (isIoredis(connection)) return redisEngine(fromInstance(connection), options);
  if (isPool(connection)) return sqlEngine(poolTarget(connection), options);
  if ('url' in connection) return fromOptions(connection, options);
  throw wrongConnection(NOT_A_CONNECTION);
}

/** Of a host that does not say where its jobs are: everything that is asked of it rejects with `problem`. */
export function engineWithoutStore(problem: ConfigError): Engine {
  return lazyEngine({ kind: 'none', address: 'no store' }, () => Promise.reject(problem));
}

function redisEngine(target: RedisTarget, options: EngineOptions): Engine {
  const { address } = target;
  return lazyEngine({ kind: 'redis', address }, async () => {
    const { createRedisEngine } = await import('./redis/engine.js');
    return createRedisEngine(target, options);
  });
}

function sqlEngine(target: SqlTarget, options: EngineOptions): Engine {
  const { kind, address } = target;
  return lazyEngine({ kind, address, dataProblem: sqlDataProblem }, async () => {
    const { createPostgresEngine } = await import('./postgres/engine.js');
    return createPostgresEngine(target, options);
  });
}

const acknowledgeSchema = z.strictObject({
  replicas: z.int().min(1),
  // Longer, and the connection would be taken to be dead.
  timeout: z.int().min(1).max(2_000).optional(),
});

function fromOptions({ url, acknowledge, ...others }: RedisConnection, options: EngineOptions): Engine {
  const checked = z.strictObject({ acknowledge: acknowledgeSchema.optional() }).safeParse({ acknowledge, ...others });
  if (!checked.success) {
    const issues = toIssues(checked.error.issues).map((issue) => ({ ...issue, path: ['connection', ...issue.path] }));
    throw new ConfigError('The connection cannot be used', issues);
  }
  if (isEmpty(url)) return resolveEngine(url, options);
  const target = redisTarget(url);
  if (!target) {
    if (acknowledge) throw wrongConnection('has `acknowledge`, which is for Redis and its replicas');
    return resolveEngine(url, options);
  }
  return redisEngine({ ...target, acknowledge: checked.data.acknowledge }, options);
}

/** Undefined for what is no Redis. */
function redisTarget(url: string | Redis | Cluster): RedisTarget | undefined {
  if (typeof url === 'string') return SCHEMES.redis.test(url.trim()) ? parseRedisUrl(url.trim()) : undefined;
  if (typeof url !== 'object' || url === null)
    throw wrongConnection('has a `url` that is neither an address, nor an ioredis instance');
  return isIoredis(url) ? fromInstance(url) : undefined;
}

function fromUrl(url: string, options: EngineOptions): Engine {
  if (SCHEMES.redis.test(url)) return redisEngine(parseRedisUrl(url), options);
  if (SCHEMES.postgres.test(url)) return sqlEngine(postgresTarget(url), options);
  if (SCHEMES.embedded.test(url)) return sqlEngine(embeddedTarget(url), options);
  // The address may hold a password: only its beginning is told.
  const scheme = /^[a-z][\w+.-]*:/i.exec(url)?.[0];
  throw wrongConnection(
    `${scheme ? `begins with "${scheme}", which is` : 'has no scheme that is'} not known; use redis://, rediss://, ` +
      'redis-cluster://, redis-sentinel://, postgres://, file:DIR or memory:',
  );
}

function wrongConnection(message: string): ConfigError {
  return new ConfigError('The connection cannot be used', [{ path: ['connection'], message }]);
}

/** By shape and not by class: the host may have another copy of ioredis than we, and ours may not be loaded. */
function isIoredis(value: object): value is Redis | Cluster {
  // What an ioredis-mock keeps its data in.
  if ('defineCommand' in value && 'keyData' in value) refuseMock();
  return 'defineCommand' in value && 'duplicate' in value && 'status' in value;
}

function refuseMock(): never {
  throw wrongConnection(
    "is an ioredis-mock, which cannot run BullMQ's scripts; use createTestJobs from @bizinsights/jobs-core/testing, or `memory:`",
  );
}

function isPool(value: object): value is PoolLike {
  return 'connect' in value && 'query' in value && 'options' in value && 'end' in value;
}
