/** Plain BullMQ, as its users write it: no validation, no context, one listener for each end of a job. */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Side } from '../side.js';
import { dataOf, OPTIONS, QUEUE, RETENTION, RHYTHM, resultOf, type ThumbnailData } from '../workload.js';

export async function openPlain(url: string): Promise<Side> {
  const connection = new Redis(url);
  const queue = new Queue<ThumbnailData>(QUEUE, { connection, defaultJobOptions: OPTIONS });
  await queue.waitUntilReady();
  return {
    add: (index) => queue.add(QUEUE, dataOf(index)),
    addMany: (start, count) =>
      queue.addBulk(Array.from({ length: count }, (_, index) => ({ name: QUEUE, data: dataOf(start + index) }))),
    async work(concurrency, watcher, limit) {
      const workerConnection = new Redis(url, { maxRetriesPerRequest: null });
      const worker = new Worker<ThumbnailData>(
        QUEUE,
        async (job) => {
          watcher.started(job.data);
          return resultOf(job.data);
        },
        {
          connection: workerConnection,
          concurrency,
          ...RETENTION,
          ...(limit ? { limiter: { max: limit.max, duration: limit.per } } : {}),
        },
      );
      worker.on('completed', () => watcher.completed());
      worker.on('failed', (_job, error) => watcher.failed(error));
      worker.on('error', (error) => watcher.failed(error));
      await worker.waitUntilReady();
      return async () => {
        await worker.close();
        workerConnection.disconnect();
      };
    },
    async schedule(count, inFlight, due) {
      const repeat = due ? { every: due.every, startDate: due.first } : { every: RHYTHM };
      let next = 0;
      const lane = async () => {
        while (next < count) {
          const index = next++;
          await queue.upsertJobScheduler(`sync:${index}`, repeat, { name: QUEUE, data: dataOf(index) });
        }
      };
      await Promise.all(Array.from({ length: inFlight }, lane));
    },
    async scheduled() {
      // The first run of each is put into waiting at once.
      const { wait = 0, delayed = 0 } = await queue.getJobCounts('wait', 'delayed');
      return wait + delayed;
    },
    async counts() {
      const {
        wait = 0,
        prioritized = 0,
        active = 0,
        failed = 0,
      } = await queue.getJobCounts('wait', 'prioritized', 'active', 'failed');
      return { waiting: wait + prioritized, active, failed };
    },
    clean: () => queue.obliterate({ force: true }),
    async close() {
      await queue.close();
      connection.disconnect();
    },
  };
}
