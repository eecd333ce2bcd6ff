/** PostgreSQL addresses in, pools out: a server's, the host's own pool as a pattern, or the embedded store. */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PgPool } from 'bullmq';
import type { Pool, PoolConfig } from 'pg';
import { ConfigError } from '../errors.js';
import type { SqlPools, SqlTarget } from './postgres.js';
import { BULLMQ_SCHEMA } from './sql-schema.js';

/** What the library needs to know of a `pg.Pool`: a real one is assignable. */
export interface PoolLike {
  readonly options: object;
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  end(): Promise<void>;
}

/** A producer that finds no connection within this time is told so. ms */
const CONNECT_TIMEOUT = 4_000;

/** One that has a connection and gets no answer on it within this time is told so, and the connection is given up. ms */
const QUERY_TIMEOUT = 5_000;

/** What those who use a connection get to give it back, and the server to close it, when the pools end. ms */
const END_LIMIT = 3_000;

/** What those get to hear of it whose connection has been cut then. ms */
const CUT_LIMIT = 500;

/** Connections for operations. */
const COMMAND_CONNECTIONS = 10;
/** For workers: one to be woken by for each queue and each listener to its events, and some for the jobs themselves. */
const WORKER_CONNECTIONS = 50;

export function postgresTarget(url: string): SqlTarget {
  return { kind: 'postgres', address: describeUrl(url), open: () => openPools({ connectionString: url }) };
}

/** Opens pools of our own with the settings of the host's one. */
export function poolTarget(pool: PoolLike): SqlTarget {
  const { options } = pool;
  const read = (name: string): unknown => Reflect.get(options, name);
  const url = read('connectionString');
  const address =
    typeof url === 'string'
      ? describeUrl(url)
      : `${read('host') ?? 'localhost'}:${read('port') ?? 5432}/${read('database') ?? ''}`;
  // pg hides the password from enumeration, so that it is not logged by accident. It may be a function that fetches it.
  const password = read('password');
  const secret = typeof password === 'string' || isPasswordSource(password) ? { password } : {};
  return {
    kind: 'postgres',
    address,
    open: () => openPools({ ...options, ...secret }),
  };
}

function isPasswordSource(value: unknown): value is () => Promise<string> {
  return typeof value === 'function';
}

/** The embedded store of a folder, shared with the host's own `openEmbedded` of the same folder. */
export function embeddedTarget(url: string): SqlTarget {
  const dir = url.startsWith('memory:') ? 'memory:' : decodeURI(url.replace(/^file:(\/\/(?=\/))?/, ''));
  return {
    kind: 'embedded',
    address: dir,
    async open() {
      const { openEmbeddedFor } = await import('./embedded.js');
      const { pool, close } = await openEmbeddedFor({ dir, searchPath: BULLMQ_SCHEMA });
      return { commands: pool as PgPool, workers: pool as PgPool, close };
    },
  };
}

async function openPools(config: PoolConfig): Promise<SqlPools> {
  const pg = await importPg();
  const searchPath = `-c search_path=${BULLMQ_SCHEMA}`;
  const streams = new Set<Duplex>();
  const shared: PoolConfig = {
    ...config,
    stream() {
      const stream = config.stream?.() ?? new Socket();
      streams.add(stream);
      return stream.once('close', () => streams.delete(stream));
    },
    options: config.options ? `${config.options} ${searchPath}` : searchPath,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    keepAlive: true,
  };
  const commands: Pool = new pg.Pool({
    ...shared,
    max: config.max ?? COMMAND_CONNECTIONS,
    query_timeout: config.query_timeout ?? QUERY_TIMEOUT,
  });
  // Opened one by one as they are needed, so the large number costs nothing.
  const workers: Pool = new pg.Pool({ ...shared, max: WORKER_CONNECTIONS });
  for (const pool of [commands, workers]) {
    // BullMQ listens once a queue: with ten queues that is no leak.
    pool.setMaxListeners(0);
    // An 'error' event without a listener ends the process. Whoever uses a connection hears of its end by its query, and
    // the engine of an idle one by its own listener: this one is for connections in use between two queries, and for
    // those that the server ends while the pools are opened or after they have ended.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
  }
  return {
    commands: commands as PgPool,
    workers: workers as PgPool,
    async close() {
      const closed = [...streams].map((stream) => new Promise((resolve) => stream.once('close', resolve)));
      const ended = Promise.all([commands.end(), workers.end()]);
      // A pool waits for ever for a connection that nobody gives back, and so does a connection for a silent server.
      await Promise.race([Promise.all([ended, ...closed]), sleep(END_LIMIT, undefined, { ref: false })]);
      for (const stream of streams) stream.destroy();
      await Promise.race([ended, sleep(CUT_LIMIT, undefined, { ref: false })]);
    },
  };
}

async function importPg(): Promise<{ readonly Pool: typeof Pool }> {
  try {
    const { default: pg } = await import('pg');
    return pg;
  } catch (cause) {
    const message = 'is PostgreSQL, for which the package "pg" is needed: npm install pg';
    throw new ConfigError('The connection cannot be used', [{ path: ['connection'], message }], { cause });
  }
}

/** Host, port and database of an address, without user and password. */
function describeUrl(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    throw new ConfigError('The PostgreSQL address is wrong', [
      { path: ['connection'], message: 'must look like postgres://user:password@host:5432/database' },
    ]);
  }
}
