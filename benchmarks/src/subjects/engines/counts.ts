/** The numbers of a queue on PostgreSQL, as more and more jobs wait. */
import { createJobs, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { createDatabase, startPostgres } from '@bizinsights/test-servers';
import pg from 'pg';
import { z } from 'zod';
import { quantile } from '../../statistics.js';
import type { Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';

const queue = defineQueue({ name: 'data-sync', schema: z.object({ n: z.number() }) });

/** Jobs a statement, as the library adds them. */
const BATCH = 1_000;
const READS = 50;
/** ms */
const GOAL = 10;

export const counts: Subject = {
  name: 'counts',
  about: 'queue.counts() on PostgreSQL, with 10,000 to 1,000,000 jobs waiting',
  async run(bench) {
    const postgres = await startPostgres();
    const { url } = await createDatabase(postgres.url);
    const database = new pg.Pool({ connectionString: url, max: 1 });
    const jobs = createJobs({ connection: url, queues: [queue], logger: silentLogger });
    const rows: Row[] = [];
    try {
      await jobs.queue(queue).counts();
      let added = 0;
      for (const waiting of [10_000, 100_000, ...(bench.quick ? [] : [1_000_000])]) {
        bench.say(`counts: ${count(waiting)} jobs`);
        for (; added < waiting; added += BATCH) await addJobs(database, added);
        const first = await timed(() => jobs.queue(queue).counts());
        const times: number[] = [];
        for (let read = 0; read < READS; read++) times.push(await timed(() => jobs.queue(queue).counts()));
        const { waiting: found } = await jobs.queue(queue).counts();
        if (found !== waiting) throw new Error(`${waiting} jobs wait, and ${found} are counted`);
        const plain = await timed(() => database.query('SELECT state, count(*) FROM bullmq.job GROUP BY state'));
        rows.push({
          subject: `counts, ${count(waiting)} jobs waiting on PostgreSQL`,
          jobs: `median ${quantile(times, 0.5).toFixed(1)} ms, longest ${Math.max(first, ...times).toFixed(1)} ms`,
          plain: `count(*): ${plain.toFixed(0)} ms`,
          goal: `under ${GOAL} ms`,
        });
      }
      return rows;
    } finally {
      await jobs.close();
      await database.end();
      await postgres.stop();
    }
  },
};

/** Into BullMQ's own table: a million by `addMany` would take minutes. */
async function addJobs(database: pg.Pool, start: number): Promise<void> {
  await database.query(
    `INSERT INTO bullmq.job (queue, id, seq, name, state, data, added_at_ms)
     SELECT $1, n, n, $1, 'waiting', jsonb_build_object('n', n), 1 FROM generate_series($2::int, $3::int) AS n`,
    [queue.name, start, start + BATCH - 1],
  );
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}
