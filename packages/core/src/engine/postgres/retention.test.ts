/** The removal of ended jobs: exactly those that are too many or too old, and as quick with many kept jobs. */
import { createDatabase } from '@bizinsights/test-servers';
import pg from 'pg';
import { describe, expect, inject, it, type TestContext } from 'vitest';
import { createJobs, silentLogger } from '../../index.js';
import { REMOVE_ENDED } from './sql/index.js';

/** Jobs that one statement removes at most. */
const BATCH = 50;

async function openOnNew({ onTestFinished }: TestContext) {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  onTestFinished(drop);
  const database = new pg.Pool({ connectionString: url, max: 8 });
  database.on('error', () => undefined);
  onTestFinished(() => database.end());
  const jobs = createJobs({ connection: url, queues: [], logger: silentLogger });
  onTestFinished(() => jobs.close());
  await jobs.health();
  return {
    database,
    /** Jobs of which three each have ended in the same millisecond, from 1,000 on. */
    async end(from: number, to: number, state = 'completed') {
      await database.query(
        `INSERT INTO bullmq.job (queue, id, seq, name, state, added_at_ms, finished_at_ms)
         SELECT 'work', gen_random_uuid(), n, 'work', $3::bullmq.job_state, 1, 1000 + n / 3
         FROM generate_series($1::int, $2::int) AS n`,
        [from, to - 1, state],
      );
    },
    /** How many go at once. */
    async remove(until: number | null, count: number | null) {
      const { rowCount } = await database.query(REMOVE_ENDED, ['work', 'completed', until, count, BATCH]);
      return rowCount ?? 0;
    },
    async left(state = 'completed') {
      const { rows } = await database.query<{ seq: number }>(
        'SELECT seq::integer FROM bullmq.job WHERE state = $1 ORDER BY seq',
        [state],
      );
      return rows.map(({ seq }) => seq);
    },
  };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe('the removal of ended jobs', () => {
  it('removes the oldest that are too many or too old, and no others', async (context) => {
    const { end, remove, left } = await openOnNew(context);
    await end(0, 120);
    await end(0, 30, 'failed');
    expect([await remove(null, 200), await remove(999, 120), await remove(null, null)]).toEqual([0, 0, 0]);
    expect(await remove(null, 113)).toBe(7);
    expect(await left()).toEqual(numbers(7, 120));
    // Too old are more than are too many.
    expect(await remove(1_004, 112)).toBe(8);
    // Too many are more than are too old.
    expect(await remove(1_005, 100)).toBe(5);
    expect(await left()).toEqual(numbers(20, 120));
    expect([await remove(2_000, null), await remove(2_000, null)]).toEqual([BATCH, BATCH]);
    expect(await remove(2_000, null)).toBe(0);
    expect(await left('failed')).toEqual(numbers(0, 30));
  });

  it('leaves the number that is to stay when many remove at once, while jobs end', async (context) => {
    const { end, remove, left } = await openOnNew(context);
    await end(0, 2_000);
    let next = 2_000;
    const workers = Array.from({ length: 6 }, async () => {
      for (let turn = 0; turn < 10; turn++) {
        const from = next;
        next += 10;
        await end(from, from + 10);
        while ((await remove(null, 300)) > 0);
      }
    });
    await Promise.all(workers);
    while ((await remove(null, 300)) > 0);
    expect(await left()).toEqual(numbers(2_300, 2_600));
  });

  it('reads as little with a hundred times the jobs', async (context) => {
    const { database, end } = await openOnNew(context);
    const buffers = async (until: number | null, count: number | null) => {
      const { rows } = await database.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT TEXT) ${REMOVE_ENDED}`,
        ['work', 'completed', until, count, BATCH],
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      return Number(/Buffers: shared hit=(\d+)/.exec(plan)?.[1]);
    };
    const [tooFew, tooYoung] = [() => buffers(null, 1_000_000), () => buffers(999, null)];
    await end(0, 400);
    const few = [await tooFew(), await tooYoung()];
    for (let from = 400; from < 40_000; from += 1_200) await end(from, from + 1_200);
    const many = [await tooFew(), await tooYoung()];
    for (const [at, read] of many.entries()) expect(read).toBeLessThan((few[at] ?? 0) + 20);
  });
});
