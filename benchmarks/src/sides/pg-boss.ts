/** pg-boss, as its documentation says, in its own schema. */
import { PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { Side } from '../side.js';
import { dataOf, OPTIONS, QUEUE, RETENTION, resultOf, type ThumbnailData } from '../workload.js';

const countsOf = z.object({ waiting: z.number(), active: z.number(), failed: z.number() });
const COUNTS = `
  SELECT count(*) FILTER (WHERE state IN ('created', 'retry'))::integer AS waiting,
    count(*) FILTER (WHERE state = 'active')::integer AS active,
    count(*) FILTER (WHERE state = 'failed')::integer AS failed
  FROM pgboss.job WHERE name = $1`;

/** It asks for the next job at once only after a full batch of several; else it waits for half a second at the least. */
const SMALLEST_BATCH = 10;

export async function openPgBoss(url: string): Promise<Side> {
  const boss = new PgBoss({ connectionString: url });
  let fail = (error: Error) => console.error(error);
  boss.on('error', (error) => fail(error));
  await boss.start();
  await boss.createQueue(QUEUE, {
    retryLimit: OPTIONS.attempts - 1,
    retryDelay: OPTIONS.backoff.delay / 1_000,
    retryBackoff: true,
    deleteAfterSeconds: RETENTION.removeOnComplete.age,
  });
  return {
    add: (index) => boss.send(QUEUE, dataOf(index)),
    addMany: (start, count) =>
      boss.insert(
        QUEUE,
        Array.from({ length: count }, (_, index) => ({ data: dataOf(start + index) })),
      ),
    async work(concurrency, watcher) {
      fail = (error) => watcher.failed(error);
      const batchSize = Math.max(concurrency, SMALLEST_BATCH);
      const options = {
        batchSize,
        burstWhenBatchFull: true,
        pollingIntervalSeconds: 0.5,
        perJobResults: true,
      } as const;
      await boss.work<ThumbnailData, { bytes: number }, typeof options>(QUEUE, options, async (jobs) => {
        const run = ({ id, data }: { id: string; data: ThumbnailData }) => {
          watcher.started(data);
          const output = resultOf(data);
          // It reports no end of a job; its batch is completed when this function returns.
          watcher.completed();
          return { id, status: 'completed', output } as const;
        };
        return jobs.map(run);
      });
      return () => boss.offWork(QUEUE, { wait: true });
    },
    async counts() {
      // Its own statistics may be a minute old.
      const { rows } = await boss.getDb().executeSql(COUNTS, [QUEUE]);
      return countsOf.parse(rows[0]);
    },
    async clean() {
      await boss.deleteAllJobs(QUEUE);
    },
    close: () => boss.stop({ graceful: true }),
  };
}
