/**
 * `@bizinsights/jobs-core/embedded`: the embedded store, for hosts that keep tables of their own beside the jobs.
 *
 * @packageDocumentation
 */
import { constants } from 'node:fs';
import { access, mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { runMigrations } from 'bullmq';
import type { Pool, PoolClient } from 'pg';
import { ConfigError, JobsError, toError } from '../../errors.js';
import { BULLMQ_SCHEMA } from '../postgres/names.js';
import { openFolder } from './folder.js';
import { listenForGuests } from './guests.js';
import { lockFolder } from './lock.js';
import { EmbeddedServer } from './server.js';
import { EmbeddedSocket } from './socket.js';
import { Upkeep } from './upkeep.js';

/** What `openEmbedded` takes. */
export interface OpenEmbeddedOptions {
  /** The store's folder, made when it is missing; or `memory:` for a new store that is gone when it is closed. */
  readonly dir: string;
}

/** The embedded store of a folder. */
export interface Embedded {
  /** The folder's full path, or `memory:`. */
  readonly dir: string;
  /** The PGlite instance. Don't close it: `close()` does, when nobody in this process uses it any more. */
  readonly pglite: PGlite;
  /**
   * A real `pg.Pool` on it, with the search_path `public, bullmq`. Each connection has its own transactions, settings,
   * listeners and prepared statements; all share temporary tables and session advisory locks. There is one processor
   * behind it: while a connection is in a transaction, all others wait.
   */
  readonly pool: Pool;
  /**
   * Ends the pool, and closes the store when nothing else in this process has it open: PGlite then writes to the folder. Until
   * then it keeps the process alive.
   */
  close(): Promise<void>;
  /** For `await using`: {@link close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** One open folder, shared by all who opened it. */
interface Store {
  readonly dir: string;
  readonly pglite: PGlite;
  readonly server: EmbeddedServer;
  readonly version: string;
  close(): Promise<void>;
}

interface Shared {
  readonly store: Promise<Store>;
  users: number;
  /** Whoever opens the folder again while it closes waits for this. */
  closing?: Promise<void>;
}

/** Connections cost next to nothing, and each waiting listener keeps one: the number only guards against a leak. */
const MAX_CONNECTIONS = 1_000;

const HOST_SEARCH_PATH = `public, ${BULLMQ_SCHEMA}`;

const MEMORY = 'memory:';

/** The open folders of this process, also when the package was loaded twice, as ESM and as CommonJS. */
const REGISTRY = Symbol.for('@bizinsights/jobs-core/embedded');

/**
 * Opens the embedded store of a folder, or joins the one that this process has open already: `createJobs` with
 * `file:DIR` and `openEmbedded({ dir: DIR })` share one PGlite.
 *
 * @throws {EmbeddedLockedError} when another process has the folder open
 * @throws {ConfigError} when the folder can't be written to, or `@electric-sql/pglite` or `pg` is not installed
 * @example
 * ```ts
 * import { openEmbedded } from '@bizinsights/jobs-core/embedded';
 *
 * const { pool, close } = await openEmbedded({ dir: '.bizinsights/jobs' });
 * await pool.query('CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY, total integer NOT NULL)');
 * await close();
 * ```
 */
export async function openEmbedded({ dir }: OpenEmbeddedOptions): Promise<Embedded> {
  const embedded = await openEmbeddedFor({ dir, searchPath: HOST_SEARCH_PATH });
  try {
    const client = await embedded.pool.connect();
    try {
      await runMigrations(client, BULLMQ_SCHEMA);
    } finally {
      client.release();
    }
    return embedded;
  } catch (error) {
    await embedded.close();
    throw error;
  }
}

/** Like {@link openEmbedded} with a search_path of its own, and without BullMQ's tables: for the engine. */
export async function openEmbeddedFor(options: { dir: string; searchPath: string }): Promise<Embedded> {
  const { Pool } = (await installed(import('pg'))).default;
  const { store, leave } = await enter(options.dir);
  const pool = new Pool({
    // All of it given, so that no PG* variable of the environment changes it.
    host: 'embedded',
    port: 5432,
    user: 'postgres',
    database: 'postgres',
    password: '',
    ssl: false,
    options: `-c search_path=${options.searchPath.replaceAll(' ', '')}`,
    max: MAX_CONNECTIONS,
    stream: () => new EmbeddedSocket(store.server, store.version),
  });
  // BullMQ listens once a queue: with ten queues that is no leak.
  pool.setMaxListeners(0);
  // An 'error' event without a listener ends the process. Whoever uses a connection hears of its end by its query.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  // Forgotten in a transaction, a real server's connection harms itself; here it would hold up all others for ever.
  pool.on('release', (_error, client) => {
    if (isInTransaction(client)) client.query('ROLLBACK').catch(() => undefined);
  });
  let closing: Promise<void> | undefined;
  const close = () =>
    (closing ??= (async () => {
      await pool.end();
      await leave();
    })());
  return { dir: store.dir, pglite: store.pglite, pool, close, [Symbol.asyncDispose]: close };
}

/** Opens a folder or joins it. */
async function enter(dir: string): Promise<{ store: Store; leave: () => Promise<void> }> {
  if (dir.trim() === '') throw wrongFolder('needs a folder, or `memory:`');
  if (dir === MEMORY) {
    const store = await openStore(MEMORY);
    return { store, leave: () => store.close() };
  }
  const path = await makeFolder(dir);
  const open = registry();
  let shared = open.get(path);
  for (; shared?.closing; shared = open.get(path)) await shared.closing;
  if (!shared) {
    shared = { store: openStore(path), users: 0 };
    open.set(path, shared);
  }
  shared.users += 1;
  const joined = shared;
  const leave = async () => {
    joined.users -= 1;
    if (joined.users > 0) return;
    joined.closing = (async () => {
      const store = await joined.store;
      await store.close().finally(() => open.delete(path));
    })();
    await joined.closing;
  };
  try {
    return { store: await joined.store, leave };
  } catch (error) {
    if (open.get(path) === joined) open.delete(path);
    throw error;
  }
}

/** Its full path. The same folder by another way (a link, `..`) is the same store. */
async function makeFolder(dir: string): Promise<string> {
  try {
    await mkdir(resolve(dir), { recursive: true });
    const path = await realpath(resolve(dir));
    await access(path, constants.W_OK);
    return path;
  } catch (cause) {
    throw wrongFolder(`can't be used: ${toError(cause).message}`, cause);
  }
}

function wrongFolder(message: string, cause?: unknown): ConfigError {
  return new ConfigError('The embedded store', [{ path: ['dir'], message }], { cause });
}

async function openStore(dir: string): Promise<Store> {
  const { PGlite } = await installed(import('@electric-sql/pglite'));
  const lock = dir === MEMORY ? undefined : await lockFolder(dir);
  try {
    const fs = lock && (await openFolder(join(dir, 'data'), lock.check));
    const pglite = await PGlite.create(fs ? { fs } : { dataDir: 'memory://' }).catch((cause: unknown) => {
      lock?.check();
      throw wrongFolder(`${dir} can't be opened as a store: ${toError(cause).message}`, cause);
    });
    if (lock) guardQueries(pglite, lock.check);
    const { rows } = await pglite.query<{ server_version: string }>('SHOW server_version');
    const server = new EmbeddedServer(pglite);
    const upkeep = new Upkeep(pglite, (error) => {
      // No caller waits for it, and none of the users of the folder has to answer for it. Of the lock there is a warning.
      if (error instanceof JobsError) return;
      process.emitWarning(`The embedded store in ${dir} could not be tidied up, and grows: ${error.message}`);
    });
    const version = rows[0]?.server_version ?? '';
    const refuseGuests = dir === MEMORY ? undefined : await listenForGuests(dir, server, version);
    return {
      dir,
      pglite,
      server,
      version,
      async close() {
        refuseGuests?.();
        await upkeep.stop();
        server.dispose();
        // PGlite writes to the folder when it is closed.
        if (!lock?.isLost) await pglite.close();
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/**
 * Whoever asks the store for something hears that its lock is lost, and not what comes of that: a write that is refused
 * in the middle of a statement is an I/O error for PostgreSQL, which it answers as any other.
 */
function guardQueries(pglite: PGlite, check: () => void): void {
  const runExclusive = pglite._runExclusiveQuery.bind(pglite);
  pglite._runExclusiveQuery = (fn) =>
    runExclusive(async () => {
      check();
      try {
        return await fn();
      } finally {
        check();
      }
    });
}

/** As far as the installed version of `pg` can tell. */
function isInTransaction(client: PoolClient): boolean {
  if (!('getTransactionStatus' in client) || typeof client.getTransactionStatus !== 'function') return false;
  const status: unknown = client.getTransactionStatus();
  return status === 'T' || status === 'E';
}

function registry(): Map<string, Shared> {
  const existing: unknown = Reflect.get(globalThis, REGISTRY);
  if (existing instanceof Map) return existing;
  const created = new Map<string, Shared>();
  Reflect.set(globalThis, REGISTRY, created);
  return created;
}

/** A peer that is optional. */
async function installed<Module>(imported: Promise<Module>): Promise<Module> {
  try {
    return await imported;
  } catch (cause) {
    const message = 'needs the packages "@electric-sql/pglite" and "pg": npm install @electric-sql/pglite pg';
    throw new ConfigError('The embedded store', [{ path: ['connection'], message }], { cause });
  }
}
