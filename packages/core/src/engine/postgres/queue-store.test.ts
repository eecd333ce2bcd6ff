/** What the removal of many jobs of a queue leaves to others that work with it. */
import { createDatabase } from '@bizinsights/test-servers';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { createSqlQueueStore } from './queue-store.js';

let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase(inject('postgresUrl'));
  pool = new pg.Pool({ connectionString: database.url, max: 3 });
  const jobs = createJobs({ connection: database.url, queues: [], logger: silentLogger, environment: {} });
  await jobs.health();
  await jobs.close();
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const storeOf = (queue: string) =>
  createSqlQueueStore(
    async <Row>(text: string, values: readonly unknown[]) => (await pool.query(text, [...values])).rows as Row[],
    queue,
  );

async function fill(queue: string, state: string, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO bullmq.job (queue, id, seq, name, state, priority, added_at_ms, finished_at_ms, process_at_ms)
       SELECT $1, n, n, $1, CASE $2 WHEN 'prioritized' THEN 'waiting' ELSE $2 END::bullmq.job_state,
         CASE $2 WHEN 'prioritized' THEN 1 ELSE 0 END, 1, 1, 1 FROM generate_series(1, $3::integer) AS n`,
    [queue, state, count],
  );
}

const idsOf = async (queue: string) => {
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM bullmq.job WHERE queue = $1 ORDER BY seq', [queue]);
  return rows.map(({ id }) => id);
};

it.each(['waiting', 'prioritized', 'delayed', 'completed', 'failed'] as const)(
  'removes no %s job that leaves its state meanwhile, and does not wait for it',
  async (state) => {
    const queue = `leaves-${state}`;
    await fill(queue, state, 4);
    const taking = await pool.connect();
    try {
      await taking.query('BEGIN');
      await taking.query(`UPDATE bullmq.job SET state = 'active' WHERE queue = $1 AND id = '2'`, [queue]);
      expect(await storeOf(queue).removeSome?.(state, 1, 3)).toBe(2);
      await taking.query('COMMIT');
      expect(await idsOf(queue)).toEqual(['2', '4']);
      expect(await storeOf(queue).removeSome?.(state, 1, 3)).toBe(1);
      expect(await idsOf(queue)).toEqual(['2']);
    } finally {
      await taking.query('ROLLBACK');
      taking.release();
    }
  },
);

it('removes each job once where two remove at the same time', async () => {
  const [first, second] = [storeOf('steps'), storeOf('steps')];
  await fill('steps', 'completed', 1_000);
  const remove = async (store: typeof first) => {
    let removed = 0;
    for (let some = 1; some > 0; removed += some) some = (await store.removeSome?.('completed', 1, 50)) ?? 0;
    return removed;
  };
  const removed = await Promise.all([remove(first), remove(second)]);
  const left = (await idsOf('steps')).length;
  expect((removed[0] ?? 0) + (removed[1] ?? 0) + left).toBe(1_000);
  expect(await remove(first)).toBe(left);
});
