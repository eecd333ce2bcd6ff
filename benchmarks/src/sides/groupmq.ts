/** groupmq, as its README says. A job's group is its tenant, or its own: the jobs of a group run one after the other. */
import { Queue, Worker } from 'groupmq';
import { Redis } from 'ioredis';
import type { Side, Variant } from '../side.js';
import { BATCH, dataOf, OPTIONS, QUEUE, RETENTION, resultOf, type ThumbnailData } from '../workload.js';

/** It keeps a number of failed jobs and no age: more than there can be. */
const KEEP_FAILED = 1_000_000;

export async function openGroupmq(url: string, variant: Variant): Promise<Side> {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const options = {
    redis,
    namespace: QUEUE,
    maxAttempts: OPTIONS.attempts,
    keepCompleted: RETENTION.removeOnComplete.count,
    keepFailed: KEEP_FAILED,
  };
  const queue = new Queue<ThumbnailData>({ ...options, ...(variant === 'auto-batch' ? { autoBatch: true } : {}) });
  // It has no call for many jobs: single ones are collected and go in one script.
  const bulk = new Queue<ThumbnailData>({ ...options, autoBatch: { size: BATCH, maxWaitMs: 10 } });
  await queue.getWaitingCount();
  const jobOf = (index: number) => {
    const data = dataOf(index);
    return { groupId: variant === 'own-groups' ? data.imageId : data.organizationId, data };
  };
  return {
    add: (index) => queue.add(jobOf(index)),
    addMany: (start, count) => Promise.all(Array.from({ length: count }, (_, index) => bulk.add(jobOf(start + index)))),
    async work(concurrency, watcher) {
      const worker = new Worker<ThumbnailData>({
        queue,
        concurrency,
        backoff: (attempt) => OPTIONS.backoff.delay * 2 ** (attempt - 1),
        async handler({ data }) {
          watcher.started(data);
          return resultOf(data);
        },
      });
      worker.on('completed', () => watcher.completed());
      worker.on('failed', ({ failedReason }) => watcher.failed(new Error(failedReason)));
      worker.on('error', (error) => watcher.failed(error));
      return () => worker.close();
    },
    async counts() {
      const { waiting, active, failed } = await queue.getJobCounts();
      return { waiting, active, failed };
    },
    // The orchestrator empties Redis as a whole.
    clean: async () => undefined,
    async close() {
      await queue.close();
      redis.disconnect();
    },
  };
}
