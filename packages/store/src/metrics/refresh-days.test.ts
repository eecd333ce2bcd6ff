/** What a refresh reads, and in which parts it works. */
import { PgDialect } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterEach, expect, inject, test } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import { addStaleOrders } from '../fixtures/stale-orders.js';
import type { StoreOptions } from '../store.js';
import { daysOf } from './day-range.js';
import { BY_DAY, summedUp } from './metric-records.js';

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

const ALL = { from: '2024-11-28', to: '2026-11-30' };

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function opened(open: Promise<OpenStore>): Promise<OpenStore> {
  const store = await open;
  cleanUp.push(() => store.close());
  return store;
}

const onPostgres = (options: Partial<StoreOptions> = {}) => opened(openOnPostgres(inject('postgresUrl'), options));

/** A node of a plan, as `EXPLAIN` tells it. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

interface Explained extends Record<string, unknown> {
  readonly 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }];
}

/** The plan of what sums up some days, made for these days or, `generic`, once for all. */
async function explain(pool: pg.Pool, days: readonly string[], kind: 'custom' | 'generic'): Promise<PlanNode> {
  const selection = { organizationId: 'mine', timeZone: 'Europe/Berlin', salesKind: 'order', days } as const;
  const { sql, params } = new PgDialect().sqlToQuery(summedUp(selection, BY_DAY));
  const client = await pool.connect();
  try {
    await client.query(`SET plan_cache_mode = force_${kind}_plan`);
    await client.query(`PREPARE summed_up AS ${sql}`);
    const given = params.map((value) => pg.escapeLiteral(Array.isArray(value) ? `{${value}}` : String(value)));
    const { rows } = await client.query<Explained>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE summed_up(${given})`,
    );
    await client.query('DEALLOCATE summed_up; RESET plan_cache_mode');
    return (rows[0] ?? expect.unreachable())['QUERY PLAN'][0].Plan;
  } finally {
    client.release();
  }
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
const buffersOf = (node: PlanNode) => node['Shared Hit Blocks'] + node['Shared Read Blocks'];

test('a refresh reads no records of other organizations, whatever their number', async () => {
  const { pool } = await onPostgres();
  const days = daysOf({ from: '2026-01-01', to: '2026-06-30' });
  const look = async () => {
    await pool.query('VACUUM ANALYZE bizinsights.records');
    return await Promise.all([explain(pool, days, 'custom'), explain(pool, days, 'generic')]);
  };
  await addStaleOrders(pool, { organizationId: 'mine', count: 3_000, days: 730 });
  const alone = await look();
  await addStaleOrders(pool, { organizationId: 'huge', count: 180_000, days: 730 });
  for (const id of ['a', 'b']) await addStaleOrders(pool, { organizationId: id, count: 10_000, days: 730 });
  const among = await look();

  for (const [index, plan] of among.entries()) {
    // Two levels more of each index that is looked into.
    expect(buffersOf(plan)).toBeLessThan(buffersOf(alone[index] ?? expect.unreachable()) + 30);
    const nodes = nodesOf(plan);
    expect(nodes.filter((node) => node['Relation Name'] === 'records' && node['Node Type'] === 'Seq Scan')).toEqual([]);
    const conditions = nodes.filter(({ 'Index Name': name }) => /^records_(occurred|day)$/.test(name ?? ''));
    expect(conditions.length).toBeGreaterThanOrEqual(4);
    for (const { 'Index Name': name, 'Index Cond': condition } of conditions) {
      const column = name === 'records_day' ? 'day' : 'occurred_at';
      for (const part of ['integration_id =', 'kind =', `${column} >=`, `${column} <`])
        expect(condition).toContain(part);
    }
  }
});

test('of one old day and today, the days between are not read', async () => {
  const { pool } = await onPostgres();
  await addStaleOrders(pool, { organizationId: 'mine', count: 30_000, days: 730 });
  await pool.query('VACUUM ANALYZE bizinsights.records');
  for (const kind of ['custom', 'generic'] as const) {
    const [one, both] = [
      await explain(pool, ['2024-12-01'], kind),
      await explain(pool, ['2024-12-01', '2026-11-20'], kind),
    ];
    expect(buffersOf(both)).toBeLessThan(2.5 * buffersOf(one));
  }
});

test('on the embedded store, others come in between the parts of a refresh', { timeout: OPENING }, async () => {
  const { pool, store } = await opened(openOnEmbedded());
  await addStaleOrders(pool, { organizationId: 'mine', count: 20_000, days: 730 });
  let answers = 0;
  let isDone = false;
  const others = async () => {
    for (; !isDone; answers++) await pool.query('SELECT 1');
  };
  const refresh = store.metrics.refresh('mine').finally(() => {
    isDone = true;
  });
  await Promise.all([refresh, others()]);
  expect(await refresh).toBe(732);
  // 2,500 records a part.
  expect(answers).toBeGreaterThanOrEqual(8);
  const [{ sum } = { sum: undefined }] = (
    await pool.query("SELECT sum(orders)::int AS sum FROM bizinsights.daily_metrics WHERE organization_id = 'mine'")
  ).rows;
  // Each sixth is a customer.
  expect(sum).toBe(20_000 - Math.floor(20_000 / 6));
});

test('on the embedded store, all days are marked as stale in parts, each of them', { timeout: OPENING }, async () => {
  const { pool, store } = await opened(openOnEmbedded());
  await addStaleOrders(pool, { organizationId: 'mine', count: 1_000, days: 730 });
  await addStaleOrders(pool, { organizationId: 'other', count: 10, days: 10 });
  // Of the same integration by its days, of which one is long before, and one long after all others.
  const day = `INSERT INTO bizinsights.records (integration_id, kind, id, updated_at, day, data)
    VALUES ('mine', 'traffic', $1::text, 1, $1::text::date, '{}')`;
  for (const one of ['2019-05-05', '2025-01-01', '2031-07-07']) await pool.query(day, [one]);
  await pool.query('DELETE FROM bizinsights.stale_days');
  let turns = 0;
  let next = setImmediate(function turn() {
    turns += 1;
    next = setImmediate(turn);
  });
  await store.metrics.invalidate('mine').finally(() => clearImmediate(next));
  // 50 days a part, with a statement that finds them and one that marks them.
  expect(turns).toBeGreaterThanOrEqual(2 * (730 / 50));
  const { rows } = await pool.query<{ integration_id: string; day: string; changes: number }>(
    'SELECT integration_id, day::text, changes FROM bizinsights.stale_days ORDER BY day',
  );
  const days = ['2019-05-05', ...daysOf({ from: '2024-11-29', to: '2026-11-28' }), '2031-07-07'];
  expect(rows).toEqual(days.map((one) => ({ integration_id: 'mine', day: one, changes: 1 })));
});

test('a refresh that dies between its parts leaves right days, and the others for the next one', async () => {
  let hasDied = false;
  const { pool, store, url } = await onPostgres({
    async convert({ amount }, currency, day) {
      // In the third part.
      if (day === '2026-06-01' && !hasDied) {
        hasDied = true;
        await endConnections(url);
      }
      return { amount, currency };
    },
  });
  // All connections end, also those that ask nothing at the moment.
  const ended = () => undefined;
  pool.on('error', ended);
  pool.on('acquire', (client) => client.on('error', ended));
  pool.on('release', (_error, client) => client.off('error', ended));
  await addStaleOrders(pool, { organizationId: 'mine', count: 5_000, days: 730, currency: 'USD' });
  const derived = async () =>
    new Map((await store.metrics.daily('mine', ALL)).map(({ day, revenue, orders }) => [day, [revenue, orders]]));

  await expect(store.metrics.refresh('mine')).rejects.toThrow();
  const before = await derived();
  expect(before.size).toBeGreaterThan(30);
  expect(before.size).toBeLessThan(300);
  const { rows } = await pool.query<{ day: string }>('SELECT day::text FROM bizinsights.stale_days');
  const stale = new Set(rows.map(({ day }) => day));
  expect(daysOf({ from: '2024-11-29', to: '2026-11-28' }).filter((day) => !before.has(day) && !stale.has(day))).toEqual(
    [],
  );

  expect(await store.metrics.refresh('mine')).toBeGreaterThan(400);
  const after = await derived();
  for (const [day, figures] of before) if (!stale.has(day)) expect(after.get(day)).toEqual(figures);
  await store.metrics.invalidate('mine');
  expect(await store.metrics.refresh('mine')).toBe(732);
  expect(await derived()).toEqual(after);
});

async function endConnections(url: string | undefined): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await client.end();
}
