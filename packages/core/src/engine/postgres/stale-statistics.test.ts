/**
 * What is asked by ids costs as much as there are ids, also where the statistics of the tables are older than the queue, as
 * PostgreSQL takes it for one that has next to no rows then: it would read all of them, for each id at worst.
 */
import { createDatabase } from '@bizinsights/test-servers';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import type { WrittenRun } from '../bullmq/runs.js';
import type { StoredState } from '../contract.js';
import { createIds } from './job-reads.js';
import { createSqlQueueStore } from './queue-store.js';
import { REMOVE_ENDED, TRIMMED_EVENTS } from './sql/index.js';
import type { RunSql } from './state.js';

const QUEUE = 'work';

/** Rows of the queue in each table, and of each state. */
const ROWS = 4_000;

/** Rows that are asked for. */
const FEW = 20;

/** Ended in this ms, and later. */
const ENDED = 1_000;

const DUE = 4_000_000_000_000;

/** Of the tables that hold a queue's rows. What counts jobs reads its own ones by chance. */
const READ = `SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer AS read
  FROM pg_stat_xact_all_tables WHERE relid::regclass::text IN
    ('bullmq.job', 'bullmq.scheduler', 'bullmq.event', 'bizinsights_jobs.fair', 'bizinsights_jobs.line')`;

/** Rows of one queue in all tables. */
const FILL = [
  ...['waiting', 'active', 'completed', 'failed', 'delayed'].map(
    (
      state,
    ) => `INSERT INTO bullmq.job (queue, id, seq, name, state, priority, added_at_ms, finished_at_ms, process_at_ms, lock_token)
      SELECT $1, '${state}-' || n, n, $1, '${state}', n % 2, 1, ${ENDED} + n / 3, ${DUE} + n / 3, 'token'
      FROM generate_series(1, $2::integer) AS n`,
  ),
  `INSERT INTO bullmq.scheduler (queue, scheduler_id, name, next_run_ms, every_ms)
    SELECT $1, 'schedule-' || n, $1, ${DUE} + n, 1000 FROM generate_series(1, $2::integer) AS n`,
  `INSERT INTO bullmq.job (queue, id, seq, name, state, scheduler_id, added_at_ms, process_at_ms)
    SELECT $1, 'repeat:schedule-' || n || ':' || ${DUE} + n, n, $1, 'delayed', 'schedule-' || n, 1, ${DUE} + n
    FROM generate_series(1, $2::integer) AS n`,
  `INSERT INTO bullmq.event (queue, event, data, created_at_ms)
    SELECT $1, 'added', '{}', n FROM generate_series(1, $2::integer) AS n`,
  `INSERT INTO bizinsights_jobs.fair SELECT $1, 't:tenant-' || n, 1 FROM generate_series(1, $2::integer) AS n`,
  `INSERT INTO bizinsights_jobs.line
    SELECT $1, 'gone-' || n, 'key', 0, n, 0 FROM generate_series(1, $2::integer) AS n`,
];

const TABLES = ['bullmq.job', 'bullmq.scheduler', 'bullmq.event', 'bizinsights_jobs.fair', 'bizinsights_jobs.line'];

let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase(inject('postgresUrl'));
  pool = new pg.Pool({ connectionString: database.url, max: 3 });
  const jobs = createJobs({ connection: database.url, queues: [], logger: silentLogger, environment: {} });
  await jobs.health();
  await jobs.close();
  for (const table of TABLES) await pool.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  for (const text of FILL) await pool.query(text, ['another', 300]);
  await pool.query('ANALYZE');
  for (const text of FILL) await pool.query(text, [QUEUE, ROWS]);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const runOn =
  (client: pg.ClientBase): RunSql =>
  async <Row>(text: string, values: readonly unknown[]) =>
    (await client.query(text, [...values])).rows as Row[];

/** Does it in a transaction, which is undone, on a new connection: one that has done it five times may plan it otherwise. */
async function tryOut<Result>(act: (run: RunSql) => Promise<Result>): Promise<{ result: Result; read: number }> {
  const client = await pool.connect();
  const read = async () => (await client.query<{ read: number }>(READ)).rows[0]?.read ?? 0;
  try {
    await client.query('BEGIN');
    const before = await read();
    const result = await act(runOn(client));
    return { result, read: (await read()) - before };
  } finally {
    await client.query('ROLLBACK');
    client.release(true);
  }
}

const storeOf = (run: RunSql) => createSqlQueueStore(run, QUEUE, true);

/** Some numbers, far from each other. */
const numbers = Array.from({ length: FEW }, (_, n) => 1 + n * 150);
const ids = (state: StoredState) => numbers.map((n) => `${state}-${n}`);
const keys = numbers.map((n) => `schedule-${n}`);

const runs = numbers.map(
  (n): WrittenRun => ({
    key: `schedule-${n}`,
    at: DUE + n,
    now: DUE,
    data: `{"n":${n}}`,
    template: { attempts: 2, priority: 3 },
    repeat: { every: 1_000 },
  }),
);

const dataOf = (run: RunSql) =>
  run<{ data: unknown }>("SELECT data FROM bullmq.job WHERE queue = $1 AND id LIKE 'repeat:%' AND data <> '{}'", [
    QUEUE,
  ]);

it('reads the jobs of a page', async () => {
  const { result, read } = await tryOut((run) => storeOf(run).jobs(['none', ...ids('waiting')]));
  expect(result.map((job) => job?.json.id)).toEqual([undefined, ...ids('waiting')]);
  expect(read).toBeLessThanOrEqual(2 * FEW);
});

it('reads the sizes of jobs', async () => {
  const { result, read } = await tryOut((run) => storeOf(run).sizes(['none', ...ids('completed')]));
  expect(result.slice(1).every((size) => size > 0)).toBe(true);
  expect(result[0]).toBe(0);
  expect(read).toBeLessThanOrEqual(2 * FEW);
});

it('reads the texts of jobs', async () => {
  const { result, read } = await tryOut((run) => storeOf(run).texts(ids('failed')));
  expect(result.map(({ id }) => id).sort()).toEqual(ids('failed').sort());
  expect(read).toBeLessThanOrEqual(2 * FEW);
});

it('notes which failed jobs are retried', async () => {
  const { read } = await tryOut((run) => storeOf(run).noteRetry([...ids('failed'), 'completed-1', 'none'], 'failed'));
  expect(read).toBeLessThanOrEqual(3 * FEW);
  const { result } = await tryOut(async (run) => {
    await storeOf(run).noteRetry([...ids('failed'), 'completed-1', 'none'], 'failed');
    return await run<{ id: string }>("SELECT id FROM bullmq.job WHERE queue = $1 AND opts ? 'bizinsightsRetried'", [
      QUEUE,
    ]);
  });
  expect(result.map(({ id }) => id).sort()).toEqual(ids('failed').sort());
});

it.each(['waiting', 'prioritized', 'completed', 'failed', 'delayed'] as const)(
  'reads the ids of a page of %s jobs, from either end',
  async (state) => {
    for (const ascending of [true, false]) {
      const { result, read } = await tryOut((run) => createIds(run, QUEUE)(state, FEW, 2 * FEW - 1, ascending));
      expect(result).toHaveLength(FEW);
      expect(read).toBeLessThanOrEqual(4 * FEW);
    }
  },
);

it('finds the first jobs of the priorities that wait', async () => {
  const { result, read } = await tryOut((run) => storeOf(run).waitingHeads());
  expect(result).toEqual(['waiting-2', 'waiting-1']);
  expect(read).toBeLessThanOrEqual(FEW);
});

it.each([
  ['too many', null, ROWS - FEW],
  ['too old', ENDED + FEW / 3 - 1, null],
])('removes the ended jobs that are %s', async (_, until, count) => {
  const { result, read } = await tryOut((run) =>
    run(REMOVE_ENDED, [QUEUE, 'completed', until === null ? null : Math.floor(until), count, FEW]),
  );
  expect(result.length).toBeGreaterThan(FEW / 2);
  expect(result.length).toBeLessThanOrEqual(FEW);
  expect(read).toBeLessThanOrEqual(6 * FEW);
});

it.each(['waiting', 'prioritized', 'delayed', 'completed', 'failed'] as const)(
  'removes some %s jobs',
  async (state) => {
    const { result, read } = await tryOut(async (run) => await storeOf(run).removeSome?.(state, DUE, FEW));
    expect(result).toBe(FEW);
    expect(read).toBeLessThanOrEqual(6 * FEW);
  },
);

it('reads which runs are planned', async () => {
  const { result, read } = await tryOut((run) => storeOf(run).runs.planned(['none', ...keys]));
  expect(result).toEqual([undefined, ...numbers.map((n) => ({ at: DUE + n, isLive: true }))]);
  expect(read).toBeLessThanOrEqual(4 * FEW);
});

it('refreshes planned runs', async () => {
  const moved = runs.map((run, nth) => (nth === 0 ? { ...run, at: run.at + 1 } : run));
  const { read } = await tryOut((run) => storeOf(run).runs.refresh(moved));
  expect(read).toBeLessThanOrEqual(6 * FEW);
  const { result } = await tryOut(async (run) => [await storeOf(run).runs.refresh(moved), await dataOf(run)]);
  expect(result).toEqual([runs.map((_, nth) => nth > 0), expect.objectContaining({ length: FEW - 1 })]);
});

it('plans runs', async () => {
  const { result, read } = await tryOut((run) => storeOf(run).runs.plan(runs));
  expect(result).toEqual(runs.map(() => true));
  expect(read).toBeLessThanOrEqual(8 * FEW);
});

it('plans the run behind one that was taken, as workers do', async () => {
  const { result, read } = await tryOut((run) =>
    run('SELECT bullmq.update_job_scheduler_next_millis($1, $2, $3, $4, $5, $6, $7) AS id', [
      QUEUE,
      keys[0],
      DUE + 1_001,
      '{}',
      '{}',
      DUE,
      `repeat:${keys[0]}:${DUE + 1}`,
    ]),
  );
  expect(result).toEqual([{ id: expect.stringContaining(`repeat:${keys[0]}:`) }]);
  expect(read).toBeLessThanOrEqual(FEW);
});

it('removes planned runs', async () => {
  const { result, read } = await tryOut((run) =>
    run('SELECT bullmq.remove_job_scheduler($1, key) AS removed FROM unnest($2::text[]) AS key', [QUEUE, keys]),
  );
  expect(result).toEqual(keys.map(() => ({ removed: 0 })));
  expect(read).toBeLessThanOrEqual(4 * FEW);
});

it('extends the locks of running jobs', async () => {
  const { result, read } = await tryOut((run) =>
    run("SELECT bullmq.extend_lock($1, id, 'token', 1000, 1) AS extended FROM unnest($2::text[]) AS id", [
      QUEUE,
      ids('active'),
    ]),
  );
  expect(result).toEqual(numbers.map(() => ({ extended: 1 })));
  expect(read).toBeLessThanOrEqual(4 * FEW);
});

it('looks for running jobs whose worker has died', async () => {
  const { result, read } = await tryOut(async (run) => {
    await run("UPDATE bullmq.job SET state = 'waiting' WHERE queue = $1 AND state = 'active' AND seq > $2", [
      QUEUE,
      FEW,
    ]);
    await run('UPDATE bullmq.job SET stalled_marked = true, locked_until_ms = $3 WHERE queue = $1 AND id = $2', [
      QUEUE,
      'active-1',
      DUE - 1,
    ]);
    const before = await run<{ read: number }>(READ, []);
    const stalled = await run<{ id: string }>(
      'SELECT bullmq.move_stalled_jobs_to_wait($1, 1, $2::bigint, 30000) AS id',
      [QUEUE, DUE],
    );
    return { stalled, before: before[0]?.read ?? 0 };
  });
  expect(result.stalled).toEqual([{ id: 'active-1' }]);
  expect(read - result.before).toBeLessThanOrEqual(6 * FEW);
});

it('gives the turns of tenants', async () => {
  const tenants = numbers.map((n) => `tenant-${n}`);
  const { result, read } = await tryOut((run) => storeOf(run).takeTurns(tenants));
  expect(result).toHaveLength(FEW);
  // All jobs that are active are looked at for the round.
  expect(read).toBeLessThanOrEqual(ROWS + 4 * FEW);
});

it('looks for the ends of the events', async () => {
  const { result, read } = await tryOut(async (run) => [
    await run(TRIMMED_EVENTS, [[QUEUE, 'another', 'none'], 1]),
    Number(await storeOf(run).lastEventId()),
  ]);
  expect(result).toEqual([[{ trimmed: false }], expect.any(Number)]);
  expect(result[1]).toBeGreaterThanOrEqual(ROWS);
  expect(read).toBeLessThanOrEqual(FEW);
});

it('takes jobs that are gone out of a line', async () => {
  const { result, read } = await tryOut((run) =>
    run('SELECT bizinsights_jobs.line_head($1, $2) AS head', [QUEUE, 'key']),
  );
  expect(result).toEqual([{ head: null }]);
  expect(read).toBeLessThanOrEqual(2 * ROWS);
});

it.each([
  {
    what: 'notes no job that has left its state',
    change: `UPDATE bullmq.job SET state = 'waiting' WHERE queue = $1 AND id = '2'`,
    act: (run: RunSql, queue: string) => createSqlQueueStore(run, queue).noteRetry(['3', '2', '1'], 'failed'),
    changed: "opts ? 'bizinsightsRetried'",
  },
  {
    what: 'refreshes no run that has been started',
    change: `UPDATE bullmq.job SET attempts_started = 1 WHERE queue = $1 AND id = 'repeat:2:2'`,
    act: (run: RunSql, queue: string) =>
      createSqlQueueStore(run, queue).runs.refresh(
        runs.slice(0, 3).map((one, nth) => ({ ...one, key: `${nth + 1}`, at: nth + 1 })),
      ),
    changed: "data <> '{}'",
  },
])('$what', async ({ what, change, act, changed }) => {
  const queue = what;
  await pool.query(
    `INSERT INTO bullmq.job (queue, id, seq, name, state, added_at_ms)
       SELECT $1, id, n, $1, state::bullmq.job_state, 1 FROM generate_series(1, 3) AS n,
         LATERAL (VALUES (n::text, 'failed'), ('repeat:' || n || ':' || n, 'delayed')) AS each (id, state)`,
    [queue],
  );
  await pool.query(
    `INSERT INTO bullmq.scheduler (queue, scheduler_id, name, next_run_ms, every_ms)
       SELECT $1, n, $1, n, 1000 FROM generate_series(1, 3) AS n`,
    [queue],
  );
  const [changing, acting] = [await pool.connect(), await pool.connect()];
  try {
    const { rows } = await acting.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await changing.query('BEGIN');
    await changing.query(change, [queue]);
    const done = act(runOn(acting), queue);
    await vi.waitFor(
      async () => {
        const waits = await pool.query('SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = $2', [
          rows[0]?.pid,
          'Lock',
        ]);
        expect(waits.rowCount).toBe(1);
      },
      { timeout: 60_000, interval: 20 },
    );
    await changing.query('COMMIT');
    await done;
    const found = await pool.query<{ id: string }>(
      `SELECT id FROM bullmq.job WHERE queue = $1 AND ${changed} ORDER BY id`,
      [queue],
    );
    expect(found.rows.map(({ id }) => id.at(-1))).toEqual(['1', '3']);
  } finally {
    await changing.query('ROLLBACK');
    changing.release();
    acting.release();
  }
});
