/** graphile-worker, as its documentation says, with the batches that it recommends. */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, makeWorkerUtils, run, type WorkerEvents } from 'graphile-worker';
import pg from 'pg';
import type { Side } from '../side.js';
import { dataOf, OPTIONS, QUEUE, resultOf, type ThumbnailData } from '../workload.js';

declare global {
  namespace GraphileWorker {
    interface Tasks {
      [QUEUE]: ThumbnailData;
    }
  }
}

const COUNTS = `
  SELECT count(*) FILTER (WHERE locked_at IS NULL AND attempts < max_attempts)::integer AS waiting,
    count(*) FILTER (WHERE locked_at IS NOT NULL)::integer AS active,
    count(*) FILTER (WHERE locked_at IS NULL AND attempts >= max_attempts)::integer AS failed
  FROM graphile_worker._private_jobs`;

/** Its own default. */
const CONNECTIONS = 10;

/** Silent, but for what would explain a wrong figure. */
const logger = new Logger(() => (level, message) => {
  if (level === 'error') console.error(message);
});

export async function openGraphileWorker(url: string): Promise<Side> {
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  await utils.migrate();
  const options = { maxAttempts: OPTIONS.attempts };
  return {
    add: (index) => utils.addJob(QUEUE, dataOf(index), options),
    addMany: (start, count) =>
      utils.addJobs(
        Array.from({ length: count }, (_, index) => ({
          identifier: QUEUE,
          payload: dataOf(start + index),
          ...options,
        })),
      ),
    async work(concurrency, watcher) {
      const events: WorkerEvents = new EventEmitter();
      events.on('job:complete', () => watcher.completed());
      events.on('job:error', ({ error }) => watcher.failed(error instanceof Error ? error : new Error(String(error))));
      const pgPool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
      pgPool.on('error', (error) => watcher.failed(error));
      const runner = await run({
        pgPool,
        events,
        logger,
        noHandleSignals: true,
        // Where it starts from, by its documentation: as many jobs as run, and one more.
        preset: { worker: { concurrentJobs: concurrency, localQueue: { size: concurrency + 1 } } },
        taskList: {
          async [QUEUE](data) {
            watcher.started(data);
            resultOf(data);
          },
        },
      });
      return async () => {
        await runner.stop();
        // It reports the end of a job before the job's row is removed, and does not wait for that when it stops.
        while (pgPool.waitingCount > 0 || pgPool.idleCount < pgPool.totalCount) await sleep(1);
        await pgPool.end();
      };
    },
    counts: () =>
      utils.withPgClient(async (client) => {
        const { rows } = await client.query<{ waiting: number; active: number; failed: number }>(COUNTS);
        return rows[0] ?? { waiting: 0, active: 0, failed: 0 };
      }),
    clean: () =>
      utils.withPgClient(async (client) => {
        await client.query('DELETE FROM graphile_worker._private_jobs');
      }),
    close: async () => utils.release(),
  };
}
