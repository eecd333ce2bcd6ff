/** What a reached rate limit costs PostgreSQL: in proportion to what is started, not to what waits. */
import { createDatabase } from '@bizinsights/test-servers';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue, type RateLimit } from '../../queue/definition.js';
import { LOCK } from './names.js';
import { createStarts } from './starts.js';

const schema = z.object({ account: z.string(), n: z.number() });
type Call = z.infer<typeof schema>;

const account = ({ account }: Call) => account;

/** Long enough that no second window begins, on however slow a machine. ms */
const LONG = 600_000;

/** Statements by which workers take and end jobs, ask for more of them, and put them in line. */
const OF_WORKERS =
  /\b(move_to_\w+|take_starts|next_signal|next_delay|has_waiting_job|look_for_job|line_up_more)\b|\bAS present\b/;

let database: Awaited<ReturnType<typeof createDatabase>>;
let direct: pg.Pool;
/** All statements. A connection keeps the method that it was opened with. */
const sent = vi.spyOn(pg.Client.prototype, 'query');
beforeAll(async () => {
  database = await createDatabase(inject('postgresUrl'));
  direct = new pg.Pool({ connectionString: database.url, max: 1 });
});
afterAll(async () => {
  sent.mockRestore();
  await direct.end();
  await database.drop();
});

let names = 0;

/** A queue, and what runs on it: one worker. */
function open(rateLimit: RateLimit<Call>, concurrency: number, process: (data: Call) => unknown) {
  const queue = defineQueue({ name: `calls-${++names}`, schema, rateLimit, defaults: { attempts: 1 } });
  const jobs = createJobs({ connection: database.url, queues: [queue], logger: silentLogger, environment: {} });
  jobs.registerProcessor(defineProcessor({ queue, concurrency, process: ({ data }) => void process(data) }));
  return { jobs, handle: jobs.queue(queue), name: queue.name, queue };
}

const stateOf = async (queue: string) => {
  const { rows } = await direct.query<{ state: string; jobs: number }>(
    'SELECT state::text AS state, count(*)::integer AS jobs FROM bullmq.job WHERE queue = $1 GROUP BY state',
    [queue],
  );
  return Object.fromEntries(rows.map(({ state, jobs }) => [state, jobs]));
};

/** Rows of the jobs that the transaction of a connection has read. */
async function readOf(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ read: number }>(
    `SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer AS read
       FROM pg_stat_xact_all_tables WHERE relid = 'bullmq.job'::regclass`,
  );
  return rows[0]?.read ?? 0;
}

it.each([
  ['each job its own', account, 1],
  ['each job its own, and many run at a time', account, 20],
  ['one for all', 'all', 5],
] as const)(
  'runs at most three statements a start, those for jobs that wait included, where keys are %s',
  async (_, key, concurrency) => {
    const [waiting, starts] = [3_000, 200];
    const { jobs, handle, name } = open({ key, max: starts, per: LONG }, concurrency, () => undefined);
    const added = await handle.addMany(Array.from({ length: waiting }, (_, n) => ({ data: { account: 'a', n } })));
    sent.mockClear();
    await jobs.startWorker({ handleSignals: false });
    // By a connection of its own: what the library asks is counted.
    await vi.waitFor(
      async () => expect(await stateOf(name)).toEqual({ completed: starts, delayed: waiting - starts }),
      {
        timeout: 60_000,
        interval: 50,
      },
    );
    const statements = sent.mock.calls.filter(([text]) => OF_WORKERS.test(String(text)));
    expect(statements.length).toBeGreaterThan(starts);
    expect(statements.length).toBeLessThanOrEqual(3 * starts);
    // The others have been put in line without having been taken.
    const last = await handle.get(added.at(-1)?.id ?? '');
    expect(last).toMatchObject({ state: 'delayed', attemptsMade: 0 });
    await jobs.close();
  },
);

it('starts jobs of free keys in their order before the backlog of another key has been put in line', async () => {
  const waiting = 3_000;
  const order: string[] = [];
  const left: Promise<number>[] = [];
  const { jobs, handle, name } = open({ key: account, max: 1, per: LONG }, 1, ({ account }) => {
    order.push(account);
    left.push(stateOf(name).then((state) => state.waiting ?? 0));
  });
  const free = new Map([
    [waiting / 2, 'in the middle'],
    [waiting - 2, 'near the end'],
    [waiting - 1, 'at the end'],
  ]);
  await handle.addMany(Array.from({ length: waiting }, (_, n) => ({ data: { account: free.get(n) ?? 'full', n } })));
  await jobs.startWorker({ handleSignals: false });
  await vi.waitFor(() => expect(order).toEqual(['full', ...free.values()]), { timeout: 60_000, interval: 20 });
  expect(await left.at(-1)).toBeGreaterThan(waiting / 2);
  await vi.waitFor(async () => expect(await stateOf(name)).toEqual({ completed: 4, delayed: waiting - 4 }), {
    timeout: 60_000,
    interval: 50,
  });
  // Those that were taken before their turn have kept their place.
  const { rows } = await direct.query('SELECT FROM bullmq.job WHERE queue = $1 AND seq <= 0', [name]);
  expect(rows).toEqual([]);
  await jobs.close();
});

it('keeps the order of more keys than one claim looks at', async () => {
  const [full, keys] = [400, 600];
  const order: number[] = [];
  const { jobs, handle } = open({ key: account, max: 1, per: LONG }, 1, ({ account, n }) => {
    if (account !== 'full') order.push(n);
  });
  await handle.addMany([
    ...Array.from({ length: full }, (_, n) => ({ data: { account: 'full', n } })),
    // Their names are in another order.
    ...Array.from({ length: keys }, (_, n) => ({ data: { account: `free-${(n * 7) % keys}`, n } })),
  ]);
  await jobs.startWorker({ handleSignals: false });
  await vi.waitFor(() => expect(order).toHaveLength(keys), { timeout: 60_000, interval: 20 });
  expect(order).toEqual(Array.from({ length: keys }, (_, n) => n));
  await jobs.close();
});

it('takes the first job of the free keys while another worker puts jobs in line', async () => {
  const { jobs, handle, name } = open({ key: account, max: 1, per: LONG }, 1, () => undefined);
  const added = await handle.addMany(
    ['full', 'full', 'full', 'free-1', 'free-2'].map((account, n) => ({ data: { account, n } })),
  );
  const claiming = new pg.Pool({ connectionString: database.url, max: 1 });
  const lining = await direct.connect();
  const claim = async () => {
    const { rows } = await claiming.query<{ id: string }>(
      `SELECT id FROM bizinsights_jobs.move_to_active($1, 'token', 30000, $2, 'worker', NULL, NULL, NULL, 1, $3, NULL, false)`,
      [name, Date.now(), LONG],
    );
    return rows.map(({ id }) => id);
  };
  try {
    await lining.query("INSERT INTO bizinsights_jobs.slot (key, at) VALUES ('start:' || $1 || ':full', $2)", [
      name,
      Date.now() * 1000,
    ]);
    await lining.query('SELECT bizinsights_jobs.line_up($1, NULL, 1, $2, 1)', [name, LONG]);
    await lining.query('BEGIN');
    const { rows } = await lining.query('SELECT bizinsights_jobs.line_up($1, NULL, 1, $2, 3) AS lined', [name, LONG]);
    expect(rows).toEqual([{ lined: 2 }]);
    expect([...(await claim()), ...(await claim())]).toEqual(added.slice(3).map(({ id }) => id));
  } finally {
    await lining.query('ROLLBACK');
    lining.release();
    await claiming.end();
  }
  await jobs.close();
});

it('starts each of more keys than one claim looks at as often as its limit allows, on two workers', async () => {
  const [keys, each, max] = [700, 3, 1];
  const started = new Map<string, number>();
  const process = ({ account }: Call) => started.set(account, (started.get(account) ?? 0) + 1);
  const { jobs, handle, name, queue } = open({ key: account, max, per: LONG }, 5, process);
  const other = createJobs({ connection: database.url, queues: [queue], logger: silentLogger, environment: {} });
  other.registerProcessor(defineProcessor({ queue, concurrency: 5, process: ({ data }) => void process(data) }));
  await handle.addMany(Array.from({ length: keys * each }, (_, n) => ({ data: { account: `key-${n % keys}`, n } })));
  await Promise.all([jobs, other].map((one) => one.startWorker({ handleSignals: false })));
  await vi.waitFor(
    async () => expect(await stateOf(name)).toEqual({ completed: keys * max, delayed: keys * (each - max) }),
    { timeout: 60_000, interval: 50 },
  );
  expect(started.size).toBe(keys);
  expect([...new Set(started.values())]).toEqual([max]);
  await Promise.all([jobs.close(), other.close()]);
});

it('starts a job of a free key while another worker puts jobs in line', async () => {
  const max = 2;
  const started: string[] = [];
  const { jobs, handle, name } = open({ key: account, max, per: LONG }, 2, ({ account }) => started.push(account));
  const lining = await direct.connect();
  try {
    await lining.query('BEGIN');
    await lining.query('SELECT pg_advisory_xact_lock(hashtextextended($1, $2))', [`line:${name}`, LOCK]);
    await handle.addMany(Array.from({ length: 50 }, (_, n) => ({ data: { account: 'full', n } })));
    await jobs.startWorker({ handleSignals: false });
    await vi.waitFor(() => expect(started).toEqual(['full', 'full']), { timeout: 60_000, interval: 20 });
    for (const key of ['a', 'b', 'c']) {
      await handle.add({ account: key, n: 0 });
      await vi.waitFor(() => expect(started.at(-1)).toBe(key), { timeout: 60_000, interval: 20 });
    }
    const { rows } = await lining.query<{ waiting: number }>(
      "SELECT count(*)::integer AS waiting FROM bullmq.job WHERE queue = $1 AND state = 'waiting'",
      [name],
    );
    expect(rows[0]?.waiting).toBeGreaterThan(0);
  } finally {
    await lining.query('ROLLBACK');
    lining.release();
  }
  await jobs.close();
});

it('lets a worker of an earlier version put jobs in line by its claim', async () => {
  const waiting = 500;
  const { jobs, handle, name } = open({ key: account, max: 1, per: LONG }, 1, () => undefined);
  await handle.addMany(Array.from({ length: waiting }, (_, n) => ({ data: { account: 'full', n } })));
  await direct.query(
    "INSERT INTO bizinsights_jobs.line SELECT queue, id, 'full', priority, seq, 0 FROM bullmq.job WHERE queue = $1 ORDER BY seq LIMIT 1",
    [name],
  );
  await direct.query(
    "UPDATE bullmq.job SET state = 'delayed', process_at_ms = $2 WHERE queue = $1 AND id IN (SELECT id FROM bizinsights_jobs.line WHERE queue = $1)",
    [name, Date.now() + LONG],
  );
  const claim = 'SELECT id FROM bizinsights_jobs.move_to_active($1, $2, 30000, $3, $4, NULL, NULL, NULL, 1, $5, 300)';
  const taken: unknown[] = [];
  for (const token of ['token-1', 'token-2']) {
    taken.push(...(await direct.query(claim, [name, token, Date.now(), 'worker', LONG])).rows);
  }
  // The first claim finds a job that was not looked at yet.
  expect(taken).toHaveLength(1);
  expect(await stateOf(name)).toEqual({ active: 1, delayed: waiting - 1 });
  await jobs.close();
});

it('looks for the next delayed job by an index, in a table that has not been analyzed', async () => {
  const { jobs, handle, name } = open({ key: account, max: 1, per: LONG }, 1, () => undefined);
  const delayed = Array.from({ length: 2_000 }, (_, n) => ({
    data: { account: 'a', n },
    options: { delay: LONG + n },
  }));
  await handle.addMany(delayed);
  sent.mockClear();
  await jobs.startWorker({ handleSignals: false });
  await vi.waitFor(() => {
    const texts = sent.mock.calls.map(([text]) => String(text));
    for (const asked of ['next_signal', 'next_delay']) {
      expect(texts.some((text) => text.includes(`bizinsights_jobs.${asked}(`))).toBe(true);
    }
  });
  await jobs.close();
  const client = await direct.connect();
  try {
    await client.query('BEGIN');
    const before = await readOf(client);
    const { rows: due } = await client.query<{ due: string }>(
      'SELECT next_delay AS due FROM bizinsights_jobs.next_signal($1, NULL, 0)',
      [name],
    );
    expect((await readOf(client)) - before).toBeLessThan(100);
    const { rows: first } = await client.query<{ due: string }>(
      "SELECT min(process_at_ms) AS due FROM bullmq.job WHERE queue = $1 AND state = 'delayed'",
      [name],
    );
    expect(due).toEqual(first);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});

it.each([
  ['has not been analyzed since it was filled', false],
  ['was analyzed when it had only jobs of another queue', true],
])('looks for free keys and puts jobs in line by indexes, in a table that %s', async (_, isAnalyzed) => {
  const { jobs, handle, name } = open({ key: account, max: 1, per: LONG }, 1, () => undefined);
  const client = await direct.connect();
  try {
    if (isAnalyzed) {
      await client.query(
        `INSERT INTO bullmq.job (queue, id, seq, name, state, added_at_ms)
           SELECT $1, n, n, $1, 'waiting', 1 FROM generate_series(1, 300) AS n`,
        [`${name}-other`],
      );
      await client.query('ANALYZE');
    }
    await handle.addMany(Array.from({ length: 2_000 }, (_, n) => ({ data: { account: n % 2 ? 'a' : 'b', n } })));
    await client.query('BEGIN');
    for (const key of ['a', 'b']) {
      await client.query(
        `INSERT INTO bizinsights_jobs.line SELECT queue, 'head-' || $2, $2, 0, -1, 0 FROM bullmq.job WHERE queue = $1 LIMIT 1`,
        [name, key],
      );
      await client.query(
        `INSERT INTO bullmq.job (queue, id, seq, name, state, added_at_ms) VALUES ($1, 'head-' || $2, -1, $1, 'delayed', 1)`,
        [name, key],
      );
    }
    const before = await readOf(client);
    const { rows } = await client.query('SELECT bizinsights_jobs.next_free($1, NULL) AS id', [name]);
    expect(rows).toEqual([{ id: null }]);
    expect((await readOf(client)) - before).toBeLessThan(100);
    const { rows: lined } = await client.query('SELECT bizinsights_jobs.line_up($1, NULL, 1, $2, 20) AS jobs', [
      name,
      LONG,
    ]);
    expect(lined).toEqual([{ jobs: 20 }]);
    expect((await readOf(client)) - before).toBeLessThan(300);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
  await jobs.close();
});

it('asks for starts by one statement at a time, in which those go together that came meanwhile', async () => {
  const [parked, lost] = [-1, -2];
  const asked: unknown[][] = [];
  const answers: ((waits: (number | null)[]) => void)[] = [];
  const take = createStarts(
    async <Row>(_: string, values: readonly unknown[]) => {
      asked.push([values[1], values[3], values[4]]);
      const waits = await new Promise<(number | null)[]>((resolve) => answers.push(resolve));
      return [{ waits }] as Row[];
    },
    'calls',
    3,
  );
  const start = (id: string) => {
    const limit = { key: `key of ${id}`, max: 1, per: 1_000, isShared: false };
    return take({ attempt: { id, started: 1, addedAt: 1 }, token: 'token', limit, concurrency: 2 });
  };
  const all = ['a', 'b', 'c', 'd', 'e'].map(start);
  const sent = (...ids: string[]) => [ids, ids.map(() => 1), ids.map((id) => `key of ${id}`)];
  expect(asked).toEqual([sent('a')]);
  answers.shift()?.([5]);
  await vi.waitFor(() => expect(asked.slice(1)).toEqual([sent('b', 'c', 'd')]));
  // One whose job is locked is asked for again, before the others.
  answers.shift()?.([0, null, parked]);
  await vi.waitFor(() => expect(asked.slice(2)).toEqual([sent('c', 'e')]));
  answers.shift()?.([lost, 7]);
  expect(await Promise.all(all)).toEqual([5, 0, 'lost', 'parked', 7]);
});

it('waits for no job that is locked but the first of those that ask together', async () => {
  const { jobs, handle, name } = open({ key: account, max: 10, per: LONG }, 1, () => undefined);
  await handle.counts();
  const ids = ['1', '2', '3', '4'];
  await direct.query(
    `INSERT INTO bullmq.job (queue, id, seq, name, state, added_at_ms, lock_token, attempts_started)
       SELECT $1, id, id::bigint, $1, 'active', 1, 'token-' || id, 1 FROM unnest($2::text[]) AS id`,
    [name, ids],
  );
  const take = async (...asked: string[]) => {
    const { rows } = await asking.query<{ waits: unknown }>(
      'SELECT bizinsights_jobs.take_starts($1, $2, $3, $4, $5, 10, $6, 1) AS waits',
      [
        name,
        asked,
        asked.map((id) => `token-${id}`),
        asked.map(() => 1),
        asked.map((id) => (id === '3' ? 'another' : 'a')),
        LONG,
      ],
    );
    return rows[0]?.waits;
  };
  const asking = new pg.Pool({ connectionString: database.url, max: 1 });
  const locking = await direct.connect();
  try {
    await locking.query('BEGIN');
    await locking.query("SELECT FROM bullmq.job WHERE queue = $1 AND id = '2' FOR UPDATE", [name]);
    expect(await take('1', 'none', '2', '3', '4')).toEqual([0, -2, null, 0, null]);
    const again = take('2', '4');
    await locking.query('ROLLBACK');
    expect(await again).toEqual([0, 0]);
  } finally {
    locking.release();
    await asking.end();
    await jobs.close();
  }
});
