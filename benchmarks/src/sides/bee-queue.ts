/** bee-queue, as its README says: a queue that only adds, and one for the worker. */
import Queue from 'bee-queue';
import type { Side } from '../side.js';
import { dataOf, OPTIONS, QUEUE, resultOf, type ThumbnailData } from '../workload.js';

/** For a queue that only adds: no connection of its own for events, and no map of the jobs that it has added. */
const ADDS_ONLY = { isWorker: false, getEvents: false, sendEvents: false, storeJobs: false };

/** Half of the time after which a job is stalled, as its documentation says. ms */
const STALLED_CHECK = 2_500;

export async function openBeeQueue(url: string): Promise<Side> {
  const queue = new Queue<ThumbnailData>(QUEUE, { redis: { url }, ...ADDS_ONLY });
  await queue.ready();
  const create = (index: number) =>
    queue
      .createJob(dataOf(index))
      .retries(OPTIONS.attempts - 1)
      .backoff(OPTIONS.backoff.type, OPTIONS.backoff.delay);
  return {
    add: (index) => create(index).save(),
    async addMany(start, count) {
      const errors = await queue.saveAll(Array.from({ length: count }, (_, index) => create(start + index)));
      for (const error of errors.values()) throw error;
    },
    async work(concurrency, watcher) {
      // Jobs that are to be retried later are activated, and their ends are published, as they are by default.
      const worker = new Queue<ThumbnailData>(QUEUE, {
        redis: { url },
        getEvents: false,
        storeJobs: false,
        activateDelayedJobs: true,
      });
      worker.on('succeeded', () => watcher.completed());
      worker.on('failed', (_job, error) => watcher.failed(error));
      worker.on('error', (error) => watcher.failed(error));
      await worker.ready();
      // Without this, jobs of a worker that has died are found only when another one starts.
      await worker.checkStalledJobs(STALLED_CHECK);
      worker.process(concurrency, async ({ data }) => {
        watcher.started(data);
        return resultOf(data);
      });
      return () => worker.close();
    },
    async counts() {
      const { waiting, active, failed } = await queue.checkHealth();
      return { waiting, active, failed };
    },
    clean: () => queue.destroy(),
    close: () => queue.close(),
  };
}
