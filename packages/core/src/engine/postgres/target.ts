/** PostgreSQL addresses in, pools out: a server's, the host's own pool as a pattern, or the embedded store. */
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PgPool } from 'bullmq';
import type { Client, ClientConfig, Pool, PoolConfig } from 'pg';
import { ConfigError, EmbeddedLockedError } from '../../errors.js';
import type { SqlPools, SqlTarget } from './engine.js';
import { type PoolGrowth, SqlPool } from './pool.js';
import { type SilenceLimits, SilenceWatch } from './silence.js';

/** BULLMQ_SCHEMA of names.ts. Shared with the engines it would be one more file that the root loads. */
const SCHEMA = 'bullmq';

/** What the library needs to know of a `pg.Pool`: a real one is assignable. */
export interface PoolLike {
  readonly options: object;
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  end(): Promise<void>;
}

/** What a connection gets to open, and a statement to be answered, before the connection is given up. ms */
const LIMITS = {
  /** A caller waits: it is told within seconds. */
  commands: { connect: 4_000, answer: 5_000, work: 60_000 },
  /** A connection is given up and made anew before the locks of running jobs end. The longest work is a migration. */
  workers: { connect: 4_000, answer: 10_000, work: 1_800_000 },
} as const satisfies Record<string, SilenceLimits>;

/** What the server gets to say which statements it works on. ms */
const ASK_LIMIT = 2_000;

/** TCP's own look at a connection that is silent. ms */
const KEEP_ALIVE_DELAY = 10_000;

/** What those who use a connection get to give it back, and the server to close it, when the pools end. ms */
const END_LIMIT = 3_000;

/** What those get to hear of it whose connection has been cut then. ms */
const CUT_LIMIT = 500;

/** Connections for operations. */
const COMMAND_CONNECTIONS = 10;
/** For workers: one to be woken by for each queue and each listener to its events, and some for the jobs themselves. */
const WORKER_CONNECTIONS = 50;
/**
 * What a connection does for the first time costs the server 10 to 15 ms of a core, and a worker sends the ends of many jobs at
 * once: opened for each of them, connections make all of them wait. Few are fast enough where statements take about a ms.
 */
const GROWTH = { atOnce: 4, pause: 250 } as const satisfies PoolGrowth;

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
      const { openEmbeddedFor } = await import('../embedded/engine.js');
      try {
        const { pool, close } = await openEmbeddedFor({ dir, searchPath: SCHEMA });
        const shared = pool as PgPool;
        return { commands: shared, workers: shared, run: (text, values) => shared.query(text, values), close };
      } catch (error) {
        if (!(error instanceof EmbeddedLockedError)) throw error;
        const { findHost } = await import('../embedded/guest.js');
        const host = await findHost(resolve(dir));
        if (!host) throw error;
        return await openPools(host);
      }
    },
  };
}

async function openPools(config: PoolConfig): Promise<SqlPools> {
  const pg = await importPg();
  const searchPath = `-c search_path=${SCHEMA}`;
  const streams = new Set<Duplex>();
  const openStream = () => {
    const stream = config.stream?.() ?? new Socket();
    streams.add(stream);
    return stream.once('close', () => streams.delete(stream));
  };
  const shared: PoolConfig = {
    ...config,
    options: config.options ? `${config.options} ${searchPath}` : searchPath,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY,
    // Both count how late we are as well: see pool.ts and silence.ts for the limits that there are.
    connectionTimeoutMillis: 0,
    query_timeout: 0,
    // A script that adds a job need not close its jobs. A stream of the host's own may not know how.
    allowExitOnIdle: config.stream === undefined,
  };
  const areWorking = async (processes: readonly number[]): Promise<Set<number>> => {
    const stream = openStream();
    const client = new pg.Client({ ...shared, stream: () => stream });
    // What goes wrong is told to whoever waits for it.
    client.on('error', () => undefined);
    // After a turn of the event loop, which may have the answer.
    const limit = setTimeout(() => setImmediate(() => stream.destroy()), ASK_LIMIT);
    try {
      await client.connect();
      const text = "SELECT pid FROM pg_stat_activity WHERE pid = ANY($1) AND state = 'active'";
      const { rows } = await client.query<{ pid: number }>(text, [processes]);
      return new Set(rows.map(({ pid }) => pid));
    } finally {
      clearTimeout(limit);
      stream.destroy();
    }
  };
  const openPool = (limits: SilenceLimits, max: number, growth?: PoolGrowth): SqlPool => {
    const watch = new SilenceWatch(limits, areWorking);
    class WatchedClient extends pg.Client {
      constructor(settings?: ClientConfig) {
        const stream = openStream();
        super({ ...settings, stream: () => stream });
        watch.add(this, stream);
      }
    }
    const pool = new pg.Pool({ ...shared, max, Client: WatchedClient });
    return new SqlPool(pool, watch, { max, patience: limits.answer, ...(growth && { growth }) });
  };
  const answer = config.query_timeout || LIMITS.commands.answer;
  const commands = openPool({ ...LIMITS.commands, answer }, config.max ?? COMMAND_CONNECTIONS);
  // Opened one by one as they are needed, so the large number costs nothing.
  const workers = openPool(LIMITS.workers, WORKER_CONNECTIONS, GROWTH);
  return {
    commands,
    workers,
    run: (text, values, again) => commands.query(text, values, again),
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

async function importPg(): Promise<{ readonly Pool: typeof Pool; readonly Client: typeof Client }> {
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
