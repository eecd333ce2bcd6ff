/** The embedded store: one PGlite a folder and process, for the jobs and for the host's own tables. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ConfigError } from '../../errors.js';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { type Embedded, openEmbedded } from './engine.js';

const orders = defineQueue({ name: 'orders', schema: z.object({ id: z.string() }), result: z.string() });

/** Made once: the first start of a folder takes seconds, the others much less. */
let base: string;
let dir: string;
const closing: (() => Promise<unknown>)[] = [];
const open = async (at = dir): Promise<Embedded> => {
  const embedded = await openEmbedded({ dir: at });
  closing.push(() => embedded.close());
  return embedded;
};
const openJobs = (connection: string) => {
  const jobs = createJobs({ connection, queues: [orders], logger: silentLogger, environment: {} });
  closing.push(() => jobs.close());
  return jobs;
};

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'embedded-'));
  dir = join(base, 'store');
  const { pool, close } = await openEmbedded({ dir });
  await pool.query('CREATE TABLE account (id text PRIMARY KEY, total integer NOT NULL)');
  await close();
}, 120_000);
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => rm(base, { recursive: true, force: true }));

describe('a folder', () => {
  it('has what was in it when it is opened again', async () => {
    const { pool, close } = await open();
    await pool.query("INSERT INTO account VALUES ('kept', 7)");
    const jobs = openJobs(`file:${dir}`);
    const { id } = await jobs.queue(orders).add({ id: 'kept' });
    await jobs.close();
    await close();
    const again = await open();
    expect((await again.pool.query("SELECT total FROM account WHERE id = 'kept'")).rows).toEqual([{ total: 7 }]);
    expect((await openJobs(`file:${dir}`).queue(orders).get(id))?.data).toEqual({ id: 'kept' });
  });

  it('has one PGlite in a process, by whatever way it is opened', async () => {
    const link = join(base, 'link');
    await symlink(dir, link);
    const [one, other] = await Promise.all([open(), open(link)]);
    expect(other.pglite).toBe(one.pglite);
    expect([one.dir, other.dir]).toEqual([dir, dir]);
    const jobs = openJobs(`file:${join(link, '..', 'store')}`);
    const { id } = await jobs.queue(orders).add({ id: 'shared' });
    const { rows } = await one.pool.query('SELECT data FROM bullmq.job WHERE id = $1', [id]);
    expect(rows).toEqual([{ data: { id: 'shared' } }]);
  });

  it('stays open until the last one has closed it', async () => {
    const [one, other] = [await open(), await open()];
    await one.close();
    await one.close();
    await expect(one.pool.query('SELECT 1')).rejects.toThrow('after calling end on the pool');
    expect((await other.pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
    const closed = other.close();
    // Opened while it closes: a new one, when the old one is gone.
    const next = await open();
    await closed;
    expect(next.pglite).not.toBe(other.pglite);
    expect((await next.pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  });

  it("keeps the host's tables beside the jobs, in one search_path", async () => {
    const { pool } = await open();
    const jobs = openJobs(`file:${dir}`);
    jobs.registerProcessor(
      defineProcessor({
        queue: orders,
        async process({ id, data }) {
          const client = await pool.connect();
          try {
            await client.query('BEGIN');
            await client.query('INSERT INTO account VALUES ($1, 1)', [data.id]);
            const { rows } = await client.query('SELECT state FROM job WHERE id = $1', [id]);
            await client.query('COMMIT');
            return rows[0]?.state;
          } finally {
            client.release();
          }
        },
      }),
    );
    const handle = jobs.queue(orders);
    const { id } = await handle.add({ id: 'processed' });
    await jobs.startWorker({ handleSignals: false });
    expect(await handle.waitFor(id, { timeout: 10_000 })).toBe('active');
    expect((await pool.query("SELECT total FROM account WHERE id = 'processed'")).rows).toEqual([{ total: 1 }]);
  });

  it("is refused by name when it can't be one", async () => {
    const file = join(base, 'file');
    await writeFile(file, '');
    for (const wrong of [file, join(file, 'below'), ' ']) {
      const error = await openEmbedded({ dir: wrong }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ConfigError);
      expect(String(error)).toMatch(wrong === ' ' ? /needs a folder/ : /dir: can't be used: E.*file/);
    }
  });

  it('is not locked by an opening that failed', async () => {
    const broken = join(base, 'broken', 'data');
    await mkdir(broken, { recursive: true });
    await writeFile(join(broken, 'PG_VERSION'), 'none');
    for (let times = 1; times <= 2; times++) {
      await expect(openEmbedded({ dir: join(base, 'broken') })).rejects.toThrow(/embedded store/);
      expect(await readFile(join(base, 'broken', `process.lock.${times}`), 'utf8')).toBe('');
    }
  });
});

describe('a transaction', () => {
  it("of one client holds off all others, and the host's own use of the instance", async () => {
    const { pool, pglite } = await open();
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query("INSERT INTO account VALUES ('held', 1)");
    const order: string[] = [];
    const count = 'SELECT count(*)::integer AS n FROM account WHERE id LIKE $1';
    const others = [
      pool.query(count, ['held']).then(({ rows }) => order.push(`pool ${rows[0]?.n}`)),
      pglite.query<{ n: number }>(count, ['held']).then(({ rows }) => order.push(`query ${rows[0]?.n}`)),
      pglite.transaction(async (tx) => {
        const { rows } = await tx.query<{ n: number }>(count, ['held']);
        order.push(`transaction ${rows[0]?.n}`);
      }),
      pglite.exec('NOTIFY held_off').then(() => order.push('exec')),
    ];
    for (let times = 0; times < 3; times++) await client.query('SELECT 1');
    expect(order).toEqual([]);
    await client.query('COMMIT');
    client.release();
    await Promise.all(others);
    expect(order.sort()).toEqual(['exec', 'pool 1', 'query 1', 'transaction 1']);
  });

  it('of the instance holds off the clients', async () => {
    const { pool, pglite } = await open();
    const order: string[] = [];
    let asked: Promise<unknown> | undefined;
    await pglite.transaction(async (tx) => {
      await tx.query("INSERT INTO account VALUES ('instance', 1)");
      asked = pool
        .query("SELECT total FROM account WHERE id = 'instance'")
        .then(({ rows }) => order.push(`found ${rows.length}`));
      await tx.query('SELECT 1');
      await new Promise((resolve) => setImmediate(resolve));
      await tx.rollback();
      order.push('rolled back');
    });
    await asked;
    expect(order).toEqual(['rolled back', 'found 0']);
  });

  it('that a client was released in is rolled back, and holds up nobody', async () => {
    const { pool } = await open();
    const keeper = await pool.connect();
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query("INSERT INTO account VALUES ('forgotten', 1)");
    client.release();
    expect((await keeper.query("SELECT 1 FROM account WHERE id = 'forgotten'")).rows).toEqual([]);
    keeper.release();
  });

  it('that waits for its turn is no loss when its client is destroyed meanwhile', async () => {
    const { pool } = await open();
    const [holder, waiter] = [await pool.connect(), await pool.connect()];
    await holder.query('BEGIN');
    const waiting = waiter.query('BEGIN').catch((error: Error) => error.message);
    waiter.release(true);
    await holder.query('COMMIT');
    holder.release();
    await waiting;
    expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  });
});

it("notifications go both ways between clients and the host's own use of the instance", async () => {
  const { pool, pglite } = await open();
  const heard: string[] = [];
  const client = await pool.connect();
  closing.push(async () => client.release(true));
  client.on('notification', ({ payload }) => heard.push(`client ${payload}`));
  await client.query('LISTEN news');
  await pglite.exec("NOTIFY news, '1'");
  await expect.poll(() => heard).toEqual(['client 1']);
  const unlisten = await pglite.listen('news', (payload) => heard.push(`host ${payload}`));
  await pool.query("NOTIFY news, '2'");
  await expect.poll(() => heard.toSorted()).toEqual(['client 1', 'client 2', 'host 2']);
  heard.length = 0;
  // The one stops, the other goes on.
  await client.query('UNLISTEN *');
  await pool.query("NOTIFY news, '3'");
  await expect.poll(() => heard).toEqual(['host 3']);
  heard.length = 0;
  await client.query('LISTEN news');
  await unlisten();
  await pool.query("NOTIFY news, '4'");
  await expect.poll(() => heard).toEqual(['client 4']);
});

it('memory: is a new store each time, gone when it is closed', async () => {
  const one = await open('memory:');
  const other = await open('memory:');
  await one.pool.query('CREATE TABLE only_here (id integer)');
  expect((await other.pool.query("SELECT to_regclass('only_here') AS found")).rows).toEqual([{ found: null }]);
  expect(one.dir).toBe('memory:');
});

it.each(['pg', '@electric-sql/pglite'])('says what to install when %s is missing', async (name) => {
  vi.resetModules();
  vi.doMock(name, () => {
    throw new Error(`Cannot find package '${name}'`);
  });
  try {
    const { openEmbedded: openWithout } = await import('./engine.js');
    await expect(openWithout({ dir: join(base, 'without') })).rejects.toThrow('npm install @electric-sql/pglite pg');
  } finally {
    vi.doUnmock(name);
    vi.resetModules();
  }
});
