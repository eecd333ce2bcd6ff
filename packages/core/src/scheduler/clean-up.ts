/**
 * The weekly clean-up, as a job like others: what BullMQ has not removed when jobs finished, as their queue has been idle
 * since or its retention was shortened, and the old data of the host.
 */
import { z } from 'zod';
import type { Keep } from '../engine/contract.js';
import { EngineUnavailableError, RetryAfterError, toError } from '../errors.js';
import type { Logger } from '../logger.js';
import { defineProcessor, type JobContext, type ProcessorDefinition } from '../processor/definition.js';
import { type AnyQueueDefinition, defineQueue } from '../queue/definition.js';
import type { QueueHandle } from '../queue/handle.js';

/** Removed in one step. */
const BATCH = 10_000;

/** The queue of the clean-up: give it to `createJobs({ queues })`. */
export const cleanUpQueue = defineQueue({
  name: 'clean-up',
  description: 'Removes old jobs and old data, once a week.',
  schema: z.object({}),
  result: z.object({
    /** Jobs removed, by queue. */
    jobs: z.record(z.string(), z.int()),
    /** What each task of the host has removed. */
    tasks: z.record(z.string(), z.number()),
  }),
});

/** Something of the host's that grows old, beside the jobs. */
export interface CleanUpTask {
  readonly name: string;
  /** Removes it, and answers how much that was. May be run again after a failure: it goes on where it was. */
  run(context: { readonly signal: AbortSignal; readonly logger: Logger }): Promise<number>;
}

export interface CleanUpOptions {
  /** Default: none. */
  readonly tasks?: readonly CleanUpTask[];
  /** When. Default `0 3 * * 0`: Sunday at three. */
  readonly cron?: string;
  /** Default `UTC`. */
  readonly timezone?: string;
}

/** What it needs of `jobs`. */
export interface CleanableJobs {
  readonly queues: readonly AnyQueueDefinition[];
  queue(name: string): Pick<QueueHandle<AnyQueueDefinition>, 'clean' | 'counts'>;
}

/**
 * Removes the jobs of all queues that are beyond their queue's retention, and runs the host's tasks: weekly, by a
 * schedule of its own.
 *
 * @example
 * ```ts
 * const jobs = createJobs({ queues: [reportQueue, cleanUpQueue] });
 * jobs.registerProcessor(
 *   cleanUpProcessor(jobs, { tasks: [{ name: 'sync logs', run: () => deleteSyncLogs({ olderThanDays: 90 }) }] }),
 * );
 * ```
 */
export function cleanUpProcessor(
  jobs: CleanableJobs,
  options: CleanUpOptions = {},
): ProcessorDefinition<typeof cleanUpQueue> {
  const { tasks = [], cron = '0 3 * * 0', timezone = 'UTC' } = options;
  return defineProcessor({
    queue: cleanUpQueue,
    concurrency: 1,
    schedules: [{ key: 'clean-up', data: {}, cron, timezone, tags: ['clean-up'] }],
    async process(job) {
      const steps = [
        ...jobs.queues.map(({ name }) => ({ name, kind: 'jobs' as const })),
        ...tasks.map(({ name }) => ({ name, kind: 'tasks' as const })),
      ];
      const failures: Error[] = [];
      const removed = { jobs: {} as Record<string, number>, tasks: {} as Record<string, number> };
      for (const [done, { name, kind }] of steps.entries()) {
        job.signal.throwIfAborted();
        await job.progress({ done, total: steps.length, message: name });
        // A later attempt does not do again what is done.
        try {
          const count = await job.step(`${kind}:${name}`, () =>
            kind === 'jobs' ? cleanQueue(jobs, name, job) : runTask(tasks, name, job),
          );
          removed[kind][name] = count;
          if (count > 0) job.logger.info(`${name}: ${count} removed`);
        } catch (thrown) {
          job.signal.throwIfAborted();
          // A queue that is damaged, or a task that fails, takes nothing away from the others.
          const error = toError(thrown);
          if (error instanceof EngineUnavailableError) throw error;
          job.logger.error({ err: error }, `${name}: could not be cleaned up`);
          failures.push(error);
        }
      }
      // The next attempt goes on with these alone.
      if (failures.length > 0) throw joined(failures);
      await job.progress({ done: steps.length, total: steps.length, message: 'done' });
      return removed;
    },
  });
}

/** One error for all. One that says when to come back is kept as it is, and so is a single one. */
function joined(failures: readonly Error[]): Error {
  const [first = new Error('nothing failed')] = failures;
  const later = failures.find((error) => error instanceof RetryAfterError);
  if (failures.length === 1 || later) return later ?? first;
  return new AggregateError(
    failures,
    `${failures.length} failed: ${failures.map(({ message }) => message).join('; ')}`,
  );
}

async function runTask(tasks: readonly CleanUpTask[], name: string, job: JobContext): Promise<number> {
  return (await tasks.find((task) => task.name === name)?.run({ signal: job.signal, logger: job.logger })) ?? 0;
}

async function cleanQueue(jobs: CleanableJobs, name: string, job: JobContext): Promise<number> {
  const definition = jobs.queues.find((queue) => queue.name === name);
  const handle = jobs.queue(name);
  let removed = 0;
  for (const state of ['completed', 'failed'] as const) {
    const keep: Keep = definition?.defaults[state] ?? false;
    if (!keep) continue;
    const clean = async (olderThan: number, most: number) => {
      for (let left = most; left > 0 && !job.signal.aborted; ) {
        const limit = Math.min(BATCH, left);
        const count = await handle.clean({ state, olderThan, limit });
        removed += count;
        left -= count;
        if (count < limit) break;
      }
    };
    if ('age' in keep) await clean(keep.age * 1_000, Number.POSITIVE_INFINITY);
    // Oldest first.
    if (keep.count !== undefined) await clean(0, (await handle.counts())[state] - keep.count);
  }
  return removed;
}
