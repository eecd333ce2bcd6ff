/** PostgreSQL: the forms of a connection, many that start at once, and a server that dies, says nothing, and comes back. */
import { createDatabase, loopTimeOf, type PostgresServer, startPostgres, startProxy } from '@bizinsights/test-servers';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, type TestContext, vi } from 'vitest';
import { z } from 'zod';
import { EngineUnavailableError } from '../../errors.js';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { MONITORING } from '../../monitoring/access.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { CapturedLog, writeErrors } from '../../testing/behaviour/captured-log.js';
import type { Connection } from '../resolve.js';

/** What a caller waits at most, ms: five seconds, and what a busy machine adds. */
const SOON = 9_000;
const PATIENT = { timeout: 15_000, interval: 50 };

const sums = defineQueue({ name: 'sums', schema: z.object({ a: z.number(), b: z.number() }), result: z.number() });
const side = defineQueue({ name: 'side', schema: z.object({}) });

function open({ onTestFinished }: TestContext, connection: Connection) {
  const log = new CapturedLog();
  const jobs = createJobs({ connection, queues: [sums, side], logger: log.logger, environment: {} });
  onTestFinished(() => jobs.close());
  const startWorker = async () => {
    jobs.registerProcessor(defineProcessor({ queue: sums, process: ({ data: { a, b } }) => a + b }));
    jobs.registerProcessor(defineProcessor({ queue: side, process: () => undefined }));
    return await jobs.startWorker({ handleSignals: false });
  };
  /** Adds a job and has it run, as soon as that can be. */
  const runsAgain = async () => {
    const { id } = await vi.waitFor(() => jobs.queue(sums).add({ a: 1, b: 2 }), PATIENT);
    expect(await vi.waitFor(() => jobs.queue(sums).waitFor(id, { timeout: 10_000 }), PATIENT)).toBe(3);
  };
  /** One of each kind of call. */
  const calls = () => [
    jobs.queue(sums).add({ a: 1, b: 1 }),
    jobs.queue(sums).addMany([{ data: { a: 1, b: 1 } }]),
    jobs.queue(side).counts(),
    jobs.cache.set('key', 1),
    jobs.scheduler.get('any'),
  ];
  return { jobs, log, startWorker, runsAgain, calls };
}

async function newDatabase({ onTestFinished }: TestContext): Promise<string> {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  onTestFinished(drop);
  return url;
}

async function rejectsSoon(operation: Promise<unknown>): Promise<void> {
  expect(await loopTimeOf(expect(operation).rejects.toThrow(EngineUnavailableError))).toBeLessThan(SOON);
}

/** All that a logger could show of an error. */
function shown(error: unknown): string {
  return JSON.stringify(error, writeErrors);
}

it('asks for no job when an idle worker closes', async (context) => {
  const { startWorker } = open(context, await newDatabase(context));
  const sent = vi.spyOn(pg.Client.prototype, 'query');
  context.onTestFinished(() => sent.mockRestore());
  const count = (part: string) => sent.mock.calls.filter(([text]) => String(text).includes(part)).length;
  const worker = await startWorker();
  // Both queues wait for a job.
  await vi.waitFor(() => expect(count(' AS present')).toBeGreaterThanOrEqual(2), PATIENT);
  const claims = count('move_to_active(');
  expect(claims).toBeGreaterThan(0);
  await worker.close();
  expect(count('move_to_active(')).toBe(claims);
});

describe("the host's own pg.Pool", () => {
  it('gives its settings, and is neither used nor closed', async (context) => {
    const { hostname, port, pathname } = new URL(await newDatabase(context));
    const database = pathname.slice(1);
    const pool = new pg.Pool({
      host: hostname,
      port: Number(port),
      user: 'postgres',
      database,
      password: async () => 'fetched',
      application_name: 'of-the-host',
      options: '-c search_path=elsewhere',
      max: 2,
    });
    context.onTestFinished(() => pool.end());
    const { jobs, startWorker, runsAgain } = open(context, pool);
    await startWorker();
    await runsAgain();
    expect(await jobs.health()).toMatchObject({ engine: 'postgres', reachable: true });
    expect(pool.totalCount).toBe(0);
    const connections = async () => {
      const text = 'SELECT count(*)::integer AS count FROM pg_stat_activity WHERE application_name = $1';
      const { rows } = await pool.query<{ count: number }>(text, ['of-the-host']);
      return rows[0]?.count;
    };
    expect(await connections()).toBeGreaterThan(1);
    await jobs.close();
    // Its own one.
    await vi.waitFor(async () => expect(await connections()).toBe(1), PATIENT);
  });
});

describe('many that start at once', () => {
  it('migrate an empty database once, and all of them add', async (context) => {
    const url = await newDatabase(context);
    const starters = Array.from({ length: 8 }, () => open(context, url));
    await Promise.all(starters.map(({ jobs }) => jobs.queue(sums).add({ a: 1, b: 1 })));
    expect(await starters[0]?.jobs.queue(sums).counts()).toMatchObject({ waiting: 8 });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    context.onTestFinished(() => client.end());
    expect((await client.query('SELECT count(*)::integer AS count FROM bizinsights_jobs.version')).rows).toEqual([
      { count: 1 },
    ]);
  });
});

describe('a database of an earlier version', () => {
  it('gets the functions of this one, which workers of the earlier one call as before', async (context) => {
    const url = await newDatabase(context);
    const earlier = open(context, url);
    await earlier.startWorker();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    context.onTestFinished(() => client.end());
    const functions = async () => {
      const { rows } = await client.query<{ name: string; source: string }>(
        `SELECT oid::regprocedure::text AS name, prosrc AS source FROM pg_proc
           WHERE pronamespace = 'bizinsights_jobs'::regnamespace ORDER BY 1`,
      );
      return rows;
    };
    const known = await functions();
    await client.query('UPDATE bizinsights_jobs.version SET version = 12');
    await client.query('DROP FUNCTION bizinsights_jobs.note_retry, bizinsights_jobs.refresh_runs');
    await client.query(`CREATE FUNCTION bizinsights_jobs.next_free(
      p_queue text, p_key text, p_locks boolean DEFAULT true, p_except text DEFAULT NULL, p_priority integer DEFAULT NULL)
      RETURNS text LANGUAGE sql AS 'SELECT NULL'`);
    await client.query(`CREATE OR REPLACE FUNCTION bizinsights_jobs.next_free(
      p_queue text, p_key text, p_locks boolean DEFAULT true) RETURNS text LANGUAGE sql AS 'SELECT NULL'`);
    await open(context, url).jobs.queue(sums).counts();
    expect(await functions()).toEqual(known);
    const { rows } = await client.query<{ version: number }>('SELECT version FROM bizinsights_jobs.version');
    expect(rows[0]?.version).toBeGreaterThan(12);
    await earlier.runsAgain();
  });

  it('gets the plans of this one for functions that a migration of BullMQ has replaced', async (context) => {
    const url = await newDatabase(context);
    await open(context, url).jobs.queue(sums).counts();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    context.onTestFinished(() => client.end());
    const settings = async () => {
      const { rows } = await client.query<{ settings: string[] }>(
        `SELECT proconfig AS settings FROM pg_proc WHERE oid = 'bullmq.remove_job_scheduler'::regproc`,
      );
      return rows[0]?.settings;
    };
    const known = await settings();
    expect(known).toContain('plan_cache_mode=force_generic_plan');
    await client.query('ALTER FUNCTION bullmq.remove_job_scheduler RESET plan_cache_mode');
    await open(context, url).jobs.queue(sums).counts();
    expect(await settings()).toEqual(known);
  });
});

describe('a server of its own', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  const urlOf = (port: number) => `postgres://postgres:secret@127.0.0.1:${port}/postgres`;

  it('that was killed is told within seconds, without its password; the worker goes on when it is back', async (context) => {
    const { log, jobs, startWorker, runsAgain, calls } = open(context, urlOf(server.port));
    await startWorker();
    await runsAgain();
    await server.kill();
    await Promise.all(calls().map(rejectsSoon));
    const error = await jobs
      .queue(sums)
      .add({ a: 1, b: 1 })
      .catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(EngineUnavailableError);
    expect(String(error)).toContain(`127.0.0.1:${server.port}/postgres can't be reached`);
    expect(await jobs.health()).toMatchObject({ reachable: false });
    await server.start();
    await runsAgain();
    expect(shown(error) + log.text).not.toMatch(/secret/i);
  });

  it('that refuses the password is told without it', async (context) => {
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    context.onTestFinished(() => admin.end());
    await admin.query("ALTER ROLE postgres PASSWORD 'right'");
    const { rows } = await admin.query<{ hba_file: string }>('SHOW hba_file');
    await admin.query(`COPY (SELECT 'host all all 127.0.0.1/32 scram-sha-256') TO '${rows[0]?.hba_file}'`);
    await admin.query('SELECT pg_reload_conf()');
    const right = createJobs({
      connection: urlOf(server.port).replace('secret', 'right'),
      queues: [side],
      logger: silentLogger,
      environment: {},
    });
    context.onTestFinished(() => right.close());
    await right.queue(side).counts();
    const { jobs, log } = open(context, urlOf(server.port));
    const error = await vi.waitFor(
      () =>
        jobs
          .queue(sums)
          .counts()
          .then(
            () => expect.fail('the old rules hold still'),
            (problem: unknown) => problem,
          ),
      PATIENT,
    );
    expect(String(error)).toContain('the user name or password was refused (password authentication failed');
    const health = await jobs.health();
    expect(health).toMatchObject({ reachable: false, error: expect.stringContaining('password was refused') });
    expect(shown(error) + log.text).not.toMatch(/secret/i);
  });
});

describe.concurrent('a server that gives no answer', () => {
  const startBehindProxy = async (context: TestContext) => {
    const url = new URL(await newDatabase(context));
    const proxy = await startProxy(Number(url.port));
    context.onTestFinished(() => proxy.stop());
    url.port = String(proxy.port);
    return { proxy, url: url.href };
  };

  it('is told within seconds, and used again when it answers', async (context) => {
    const { proxy, url } = await startBehindProxy(context);
    const [known, fresh] = [open(context, url), open(context, url)];
    await known.startWorker();
    await known.runsAgain();
    proxy.pause();
    await Promise.all([...known.calls(), ...fresh.calls()].map(rejectsSoon));
    proxy.resume();
    await known.runsAgain();
    await vi.waitFor(() => fresh.jobs.queue(side).counts(), PATIENT);
  });

  it('does not keep `close()` from ending', async (context) => {
    const { proxy, url } = await startBehindProxy(context);
    const { jobs, startWorker, runsAgain } = open(context, url);
    await startWorker();
    await runsAgain();
    proxy.pause();
    await jobs.close();
  });
});

it('knows how far back the events of queues go', async (context) => {
  const url = await newDatabase(context);
  const { jobs } = open(context, url);
  const feed = jobs[MONITORING].engine.events(['sums', 'others'], (error) => expect.fail(error.message));
  const pool = new pg.Pool({ connectionString: url });
  context.onTestFinished(() => pool.end());
  const beginning = await feed.now();
  await jobs.queue(sums).add({ a: 1, b: 1 });
  const first = await feed.now();
  const kept = async (place: string) => (await feed.page(place)).kept;
  expect([await kept(beginning), await kept(first)]).toEqual(['all', 'all']);
  expect((await feed.page(beginning)).events.map(({ kind }) => kind)).toEqual(['added', 'waiting']);
  // As BullMQ trims: by ids of all queues, and only a queue that is written to.
  await pool.query("SELECT setval('bullmq.event_seq', 100000)");
  await pool.query('DELETE FROM bullmq.event');
  await jobs.queue(sums).add({ a: 2, b: 2 });
  expect([await kept(beginning), await kept(first), await kept(await feed.now())]).toEqual(['some', 'some', 'all']);
  const unknown = ['x', '', '-1', '0', 'pzzzzzzz', `p${'9'.repeat(40)}`];
  expect(await Promise.all(unknown.map(kept))).toEqual(unknown.map(() => 'unknown'));
});

it('tells events of a transaction that commits after one with later events', async (context) => {
  const url = await newDatabase(context);
  const { jobs } = open(context, url);
  const feed = jobs[MONITORING].engine.events(['sums'], (error) => expect.fail(error.message));
  const seen: string[] = [];
  const stop = await feed.follow(await feed.now(), ({ jobId }) => seen.push(jobId));
  context.onTestFinished(stop);
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  context.onTestFinished(() => pool.end());
  const slow = await pool.connect();
  await slow.query('BEGIN');
  await slow.query(`SELECT bullmq.publish_event('sums', 'added', '{"jobId": "slow"}')`);
  await jobs.queue(sums).add({ a: 1, b: 1 }, { id: 'quick' });
  const missed = feed.page('p0');
  await slow.query('COMMIT');
  slow.release();
  expect((await missed).events.map(({ jobId }) => jobId)).toEqual(['slow', 'quick', 'quick']);
  await expect.poll(() => seen).toEqual(['slow', 'quick', 'quick']);
});
