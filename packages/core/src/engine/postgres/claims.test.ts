/** Which jobs workers take on PostgreSQL while more jobs of one key wait than its limit has starts left. */
import { createDatabase } from '@bizinsights/test-servers';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { createClaims } from './claims.js';

const schema = z.object({ account: z.string(), n: z.number() });
type Call = z.infer<typeof schema>;

/** Starts of each key, in a window that does not end meanwhile, on however slow a machine. */
const MAX = 100;
const LONG = 600_000;
const rateLimit = { key: ({ account }: Call) => account, max: MAX, per: LONG };

/** More claims than it takes until one of them looks for a job of another key: all but one in ten billion times. */
const MANY_CLAIMS = 130;

let database: Awaited<ReturnType<typeof createDatabase>>;
let direct: pg.Pool;
beforeAll(async () => {
  database = await createDatabase(inject('postgresUrl'));
  direct = new pg.Pool({ connectionString: database.url, max: 1 });
});
afterAll(async () => {
  await direct.end();
  await database.drop();
});

let names = 0;

/** A queue, and as many workers of it as are asked for. */
function open(concurrency: number, process: (data: Call) => unknown, workers = 1) {
  const queue = defineQueue({ name: `calls-${++names}`, schema, rateLimit, defaults: { attempts: 1 } });
  const all = Array.from({ length: workers }, () => {
    const jobs = createJobs({ connection: database.url, queues: [queue], logger: silentLogger, environment: {} });
    jobs.registerProcessor(defineProcessor({ queue, concurrency, process: ({ data }) => void process(data) }));
    return jobs;
  });
  const [first] = all;
  if (!first) throw new Error('There is no worker');
  return {
    name: queue.name,
    handle: first.queue(queue),
    start: () => Promise.all(all.map((jobs) => jobs.startWorker({ handleSignals: false }))),
    close: () => Promise.all(all.map((jobs) => jobs.close())),
  };
}

const jobsOf = (account: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => ({ data: { account, n: from + n } }));

const stateOf = async (queue: string) => {
  const { rows } = await direct.query<{ state: string; jobs: number }>(
    'SELECT state::text AS state, count(*)::integer AS jobs FROM bullmq.job WHERE queue = $1 GROUP BY state',
    [queue],
  );
  return Object.fromEntries(rows.map(({ state, jobs }) => [state, jobs]));
};

const untilIn = (queue: string, state: Record<string, number>) =>
  vi.waitFor(async () => expect(await stateOf(queue)).toEqual(state), { timeout: 60_000, interval: 50 });

const claim = async (queue: string) => {
  const { rows } = await direct.query<{ id: string }>(
    `SELECT id FROM bizinsights_jobs.move_to_active($1, 'token', 30000, $2, 'worker', NULL, NULL, NULL, $3, $4, NULL, false)`,
    [queue, Date.now(), MAX, LONG],
  );
  return rows.map(({ id }) => id);
};

/** Takes jobs in transactions that are undone, so that each claim finds the queue as it was. */
async function claimedFirst(queue: string): Promise<Set<string>> {
  const taken = new Set<string>();
  for (let nth = 0; nth < MANY_CLAIMS; nth++) {
    await direct.query('BEGIN');
    for (const id of await claim(queue)) taken.add(id);
    await direct.query('ROLLBACK');
  }
  return taken;
}

it('starts a job of a free key before the starts that the limit of another key has left', async () => {
  const order: string[] = [];
  const { handle, name, start, close } = open(1, ({ account }) => order.push(account));
  const waiting = 3 * MAX;
  await handle.addMany([...jobsOf('full', waiting), ...jobsOf('free', 1)]);
  await start();
  await untilIn(name, { completed: MAX + 1, delayed: waiting - MAX });
  expect(order.filter((account) => account === 'full')).toHaveLength(MAX);
  expect(order.indexOf('free')).toBeLessThan(MAX);
  await close();
});

it('starts jobs in their order while the limit has a start for each job of the key', async () => {
  const order: number[] = [];
  const { handle, name, start, close } = open(1, ({ n }) => order.push(n));
  const added = [...jobsOf('a', MAX - 10), ...jobsOf('b', 10, MAX - 10), ...jobsOf('a', 10, MAX)];
  await handle.addMany(added);
  await start();
  await untilIn(name, { completed: added.length });
  expect(order).toEqual(added.map((_, n) => n));
  await close();
});

it('runs each job of free keys once and keeps limits exact, on two workers', async () => {
  const [waiting, keys, each] = [3 * MAX, 40, 5];
  const started = new Map<string, number[]>();
  const { handle, name, start, close } = open(
    10,
    ({ account, n }) => started.set(account, [...(started.get(account) ?? []), n]),
    2,
  );
  const added = await handle.addMany([
    ...jobsOf('full', waiting),
    ...Array.from({ length: keys * each }, (_, n) => ({ data: { account: `free-${n % keys}`, n } })),
  ]);
  const place = 'SELECT id, priority, seq FROM bullmq.job WHERE queue = $1 ORDER BY id';
  const before = await direct.query(place, [name]);
  expect(before.rowCount).toBe(added.length);
  await start();
  await untilIn(name, { completed: MAX + keys * each, delayed: waiting - MAX });
  expect(started.get('full')).toHaveLength(MAX);
  expect(started.size).toBe(keys + 1);
  for (const [account, numbers] of started) expect(new Set(numbers).size).toBe(account === 'full' ? MAX : each);
  expect((await direct.query(place, [name])).rows).toEqual(before.rows);
  await close();
});

it('takes the first job of another key now and then, whether a key has a line or not', async () => {
  const { handle, name, close } = open(1, () => undefined);
  const added = await handle.addMany([...jobsOf('full', MAX + 1), ...jobsOf('free', 2), ...jobsOf('later', 1)]);
  const expected = new Set([added[0]?.id, added[MAX + 1]?.id]);
  expect(await claimedFirst(name)).toEqual(expected);
  await direct.query('INSERT INTO bizinsights_jobs.line VALUES ($1, $2, $3, 0, 0, 0)', [name, 'reached', 'reached']);
  expect(await claimedFirst(name)).toEqual(expected);
  await close();
});

it.each([
  ['the jobs of the other key have a lower priority', 0, 1, MAX + 1],
  ['the limit has a start for each job of the first key', 0, 0, MAX],
])('takes the first job where %s', async (_, priority, ofOther, waiting) => {
  const { handle, name, close } = open(1, () => undefined);
  const added = await handle.addMany([
    ...jobsOf('full', waiting).map((job) => ({ ...job, options: { priority } })),
    ...jobsOf('free', 1).map((job) => ({ ...job, options: { priority: ofOther } })),
  ]);
  expect(await claimedFirst(name)).toEqual(new Set([added[0]?.id]));
  await close();
});

it("sends BullMQ's own claims for a queue without a limit", async () => {
  const sent: unknown[] = [];
  const send = async (...statement: unknown[]) => {
    sent.push(statement);
    return { rows: [], rowCount: 0 };
  };
  const [text, params] = ['SELECT * FROM move_to_active($1, $2, $3, $4, $5, $6, $7)', ['calls']];
  const claims = createClaims(() => undefined);
  await claims.send(text, params, send);
  expect(sent.splice(0)).toEqual([[text, params]]);
  claims.limited({ key: 'key', isShared: false, max: MAX, per: LONG });
  await claims.send(text, params, send);
  expect(sent).toEqual([
    [expect.stringContaining('bizinsights_jobs.move_to_active('), ['calls', null, MAX, LONG, null]],
  ]);
});

it('takes no job of a paused queue', async () => {
  const { handle, name, close } = open(1, () => undefined);
  await handle.addMany([...jobsOf('full', MAX + 1), ...jobsOf('free', 1)]);
  await handle.pause();
  expect(await claimedFirst(name)).toEqual(new Set());
  await close();
});

/** Rows of jobs that were read in the transaction. */
const rowsRead = async (client: pg.ClientBase) => {
  const { rows } = await client.query<{ read: number }>(
    `SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer AS read
       FROM pg_stat_xact_all_tables WHERE relid = 'bullmq.job'::regclass`,
  );
  return rows[0]?.read ?? 0;
};

const lookBeside = async (client: pg.ClientBase, queue: string, max: number) => {
  const { rows } = await client.query<{ id: string | null }>('SELECT bizinsights_jobs.next_beside($1, $2, $3) AS id', [
    queue,
    max,
    LONG,
  ]);
  return rows[0]?.id ?? undefined;
};

/** Jobs at the front of the queue that one look reads. */
const FRONT = 20;

const mixed = (count: number) => jobsOf('full', count).flatMap((job, n) => [job, ...jobsOf(`free-${n % 40}`, 1)]);

it.each([
  ['jobs of other keys are among the next ones', MAX, mixed(2 * MAX), 0, 0, FRONT],
  ['all jobs are of one key', MAX, jobsOf('full', 2 * MAX), 0, 0, FRONT + 2],
  // One start a second reaches no limit of 1,000 in 600 s. One look of 30 goes on all the same.
  ['the pace of the starts reaches no limit', 1_000, [...jobsOf('full', 1_100), ...jobsOf('free', 1)], 1, 0.3, 300],
])('reads few jobs where %s', async (_, max, jobs, secondsApart, mostFound, mostRead) => {
  const looks = 200;
  const { handle, name, close } = open(1, () => undefined);
  await handle.addMany(jobs);
  const client = await direct.connect();
  try {
    await client.query('BEGIN');
    if (secondsApart > 0) {
      await client.query(
        `INSERT INTO bizinsights_jobs.slot (key, at)
           SELECT 'start:' || $1 || ':full', (extract(epoch FROM clock_timestamp() - n * $2::integer * interval '1 s') * 1000000)::bigint
           FROM generate_series(1, 30) AS n`,
        [name, secondsApart],
      );
    }
    let found = 0;
    const before = await rowsRead(client);
    for (let look = 0; look < looks; look++) if (await lookBeside(client, name, max)) found += 1;
    expect(found).toBeLessThanOrEqual(mostFound * looks);
    expect((await rowsRead(client)) - before).toBeLessThanOrEqual(mostRead * looks);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
  await close();
});

it.each([
  ['has not been analyzed since it was filled', false],
  ['was analyzed when it had only jobs of another queue', true],
])('looks for jobs of other keys by indexes, in a table that %s', async (_, isAnalyzed) => {
  const { handle, name, close } = open(1, () => undefined);
  const client = await direct.connect();
  try {
    await client.query('ALTER TABLE bullmq.job SET (autovacuum_enabled = off)');
    if (isAnalyzed) {
      await client.query(
        `INSERT INTO bullmq.job (queue, id, seq, name, state, added_at_ms)
           SELECT $1, n, n, $1, 'waiting', 1 FROM generate_series(1, 300) AS n`,
        [`${name}-other`],
      );
      await client.query('ANALYZE');
    }
    const added = await handle.addMany([...jobsOf('full', 4_000), ...jobsOf('free', 4_000)]);
    await client.query('BEGIN');
    const before = await rowsRead(client);
    expect(await lookBeside(client, name, MAX)).toBe(added[4_000]?.id);
    expect((await rowsRead(client)) - before).toBeLessThan(2 * MAX);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
  await close();
});
