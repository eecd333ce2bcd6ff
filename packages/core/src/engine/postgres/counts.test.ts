/** Counts that triggers keep: exact at every moment, whatever happens at once, and as quick with many jobs. */
import { createDatabase } from '@bizinsights/test-servers';
import pg from 'pg';
import { describe, expect, inject, it, type TestContext, vi } from 'vitest';
import { z } from 'zod';
import { createJobs, defineProcessor, defineQueue, silentLogger } from '../../index.js';

const work = defineQueue({
  name: 'work',
  schema: z.object({ fails: z.boolean() }),
  defaults: { attempts: 1, retention: { completed: { count: 5 } } },
});
const other = defineQueue({ name: 'other', schema: z.object({ fails: z.boolean() }) });

const CONCURRENCY = 10;

const PATIENT = { timeout: 60_000, interval: 50 };

/** What the triggers have counted and is not so, in one statement: of one moment. */
const WRONG = `
  SELECT queue, list, sum(change)::integer AS difference FROM (
    SELECT queue, list, change FROM bizinsights_jobs.job_count
    UNION ALL
    SELECT queue, CASE WHEN state = 'waiting' AND priority > 0 THEN 'prioritized' ELSE state::text END, -1 FROM bullmq.job
  ) AS compared GROUP BY 1, 2 HAVING sum(change) <> 0`;

async function openOnNew({ onTestFinished }: TestContext) {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  onTestFinished(drop);
  const database = new pg.Pool({ connectionString: url, max: 4 });
  database.on('error', () => undefined);
  onTestFinished(() => database.end());
  const open = () => {
    const jobs = createJobs({
      connection: url,
      queues: [work, other],
      processors: [
        defineProcessor({
          queue: work,
          concurrency: CONCURRENCY,
          async process({ data }) {
            if (data.fails) throw new Error('as it was told to');
          },
        }),
      ],
      logger: silentLogger,
    });
    onTestFinished(() => jobs.close());
    return jobs;
  };
  const wrong = async () => (await database.query(WRONG)).rows;
  return { database, open, wrong };
}

describe('counts on PostgreSQL', () => {
  it('are those of the jobs at every moment, while jobs are added, run, fail, are retried and removed', async (context) => {
    const { database, open, wrong } = await openOnNew(context);
    const jobs = open();
    const queue = jobs.queue(work);
    const foundWrong: unknown[] = [];
    let isDone = false;
    await queue.counts();
    const watch = (async () => {
      for (; !isDone; ) foundWrong.push(...(await wrong()));
    })();
    const fold = (async () => {
      for (; !isDone; ) await database.query("SELECT bizinsights_jobs.fold_counts('work')");
    })();
    const loops = Promise.allSettled([watch, fold]);
    const entries = Array.from({ length: 40 }, (_, index) => ({
      data: { fails: index % 4 === 0 },
      options: { ...(index % 3 === 0 && { priority: 5 }), ...(index % 10 === 1 && { delay: 3_600_000 }) },
    }));
    await queue.addMany(entries);
    await queue.pause();
    expect(await queue.counts()).toMatchObject({ waiting: 0, paused: 36, delayed: 4, isPaused: true });
    await queue.resume();
    await jobs.startWorker();
    await Promise.all(Array.from({ length: 4 }, () => queue.addMany(entries)));
    await vi.waitFor(
      async () => expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, failed: 50 }),
      PATIENT,
    );
    const { rows } = await database.query("SELECT count(*)::integer FROM bullmq.job WHERE state = 'completed'");
    const { completed, delayed } = await queue.counts();
    expect({ count: completed, delayed }).toEqual({ ...rows[0], delayed: 20 });
    // BullMQ keeps 5 with each end, and ends at the same moment do not see each other: there are as many more at most.
    expect(completed).toBeGreaterThanOrEqual(5);
    expect(completed).toBeLessThanOrEqual(5 + CONCURRENCY);
    expect(await queue.retryFailed()).toBe(50);
    await vi.waitFor(
      async () => expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, failed: 50 }),
      PATIENT,
    );
    // A process that dies leaves nothing half done.
    await database
      .query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      )
      .catch(() => undefined);
    isDone = true;
    await loops;
    expect(foundWrong).toEqual([]);
    await vi.waitFor(async () => expect(await wrong()).toEqual([]), PATIENT);
  });

  it('are found again where the tables were made without them', async (context) => {
    const { database, open, wrong } = await openOnNew(context);
    const first = open();
    await first.queue(work).addMany(Array.from({ length: 7 }, () => ({ data: { fails: false } })));
    await first.close();
    await database.query(`
      DROP TRIGGER bizinsights_count_added ON bullmq.job;
      INSERT INTO bullmq.job (queue, id, seq, name, state, added_at_ms) VALUES ('work', 'foreign', 99, 'work', 'waiting', 1);
      INSERT INTO bizinsights_jobs.job_count VALUES ('other', 'failed', 3)`);
    const second = open();
    expect(await second.queue(work).counts()).toMatchObject({ waiting: 8 });
    expect(await second.queue(other).counts()).toMatchObject({ failed: 0 });
    expect(await wrong()).toEqual([]);
  });

  it('are none once the jobs were truncated', async (context) => {
    const { database, open, wrong } = await openOnNew(context);
    const jobs = open();
    await jobs.queue(work).addMany(Array.from({ length: 7 }, () => ({ data: { fails: false } })));
    await database.query('TRUNCATE bullmq.job CASCADE');
    expect(await jobs.queue(work).counts()).toMatchObject({ waiting: 0 });
    await jobs.queue(work).add({ fails: false });
    expect(await jobs.queue(work).counts()).toMatchObject({ waiting: 1 });
    expect(await wrong()).toEqual([]);
  });

  it('read as little with a hundred times the jobs', async (context) => {
    const { database, open, wrong } = await openOnNew(context);
    const jobs = open();
    await jobs.queue(work).counts();
    const add = async (from: number, to: number) => {
      for (let start = from; start < to; start += 1_000)
        await database.query(
          `INSERT INTO bullmq.job (queue, id, seq, name, state, added_at_ms)
           SELECT 'work', n, n, 'work', 'waiting', 1 FROM generate_series($1::int, $2::int) AS n`,
          [start, Math.min(to, start + 1_000) - 1],
        );
    };
    const buffers = async () => {
      const { rows } = await database.query<{ 'QUERY PLAN': string }>(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT TEXT) SELECT sum(change) FROM bizinsights_jobs.job_count WHERE queue = 'work'",
      );
      return Number(/Buffers: shared hit=(\d+)/.exec(rows.map((row) => row['QUERY PLAN']).join('\n'))?.[1]);
    };
    await add(0, 400);
    const few = await buffers();
    await add(400, 40_000);
    expect(await buffers()).toBeLessThan(few + 10);
    expect(await jobs.queue(work).counts()).toMatchObject({ waiting: 40_000 });
    expect(await wrong()).toEqual([]);
  });
});
