/**
 * The weekly clean-up, as a job like others: what BullMQ has not removed when jobs finished, as their queue has been idle
 * since or its retention was shortened, and the old data of the host.
 */
import { z } from 'zod';
import type { Journal, JournalOptions } from '../coordination/journal.js';
import type { Keep } from '../engine/contract.js';
import {
  ConfigError,
  EngineUnavailableError,
  type Issue,
  PermanentError,
  RetryAfterError,
  toError,
} from '../errors.js';
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
    /** What each task has removed; of one that tells kinds of data apart, by `task: kind`. */
    tasks: z.record(z.string(), z.number()),
  }),
});

/** Something of the host's that grows old, beside the jobs. */
export interface CleanUpTask {
  /** Not empty, and no other task of the clean-up has it. */
  readonly name: string;
  /**
   * Removes it, and answers how much that was: one number, or one for each kind of data. May be run again after a failure:
   * it goes on where it was.
   */
  run(context: CleanUpContext): Promise<number | Readonly<Record<string, number>>>;
}

/** What a task works with. */
export interface CleanUpContext {
  /** Aborts when the worker shuts down, or the clean-up is cancelled. */
  readonly signal: AbortSignal;
  /** Its lines are kept with the job of the clean-up. */
  readonly logger: Logger;
  /** What counts as now, epoch ms: for all tasks of one clean-up the same, also when it is tried again. */
  readonly now: number;
  /** What is cleaned up, for a task that keeps something beside the jobs. Absent where a task is called by hand. */
  readonly jobs?: CleanableJobs;
}

export interface CleanUpOptions {
  /** Besides those of `createJobs({ cleanUp })`. Default: none. */
  readonly tasks?: readonly CleanUpTask[];
  /** When. Default `0 3 * * 0`: Sunday at three. */
  readonly cron?: string;
  /** Default `UTC`. */
  readonly timezone?: string;
  /** Epoch ms. Default: the clock of the process. */
  readonly now?: () => number;
}

/** What it needs of `jobs`. */
export interface CleanableJobs {
  readonly queues: readonly AnyQueueDefinition[];
  /** Of `createJobs({ cleanUp })`. */
  readonly cleanUpTasks?: readonly CleanUpTask[];
  queue(name: string): Pick<QueueHandle<AnyQueueDefinition>, 'clean' | 'counts' | 'getMany'>;
  journal<Schema extends z.ZodType>(name: string, options: JournalOptions<Schema>): Journal<Schema>;
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
 *
 * `createJobs({ cleanUp: [task] })` does both lines by itself.
 *
 * @throws {ConfigError} for tasks that are none, or two of one name
 */
export function cleanUpProcessor(
  jobs: CleanableJobs,
  options: CleanUpOptions = {},
): ProcessorDefinition<typeof cleanUpQueue> {
  const { cron = '0 3 * * 0', timezone = 'UTC', now: clock = Date.now } = options;
  const tasks = [...(jobs.cleanUpTasks ?? []), ...(options.tasks ?? [])];
  checkCleanUpTasks('cleanUpProcessor', 'tasks', tasks);
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
      const now = await job.step('now', () => clock());
      for (const [done, { name, kind }] of steps.entries()) {
        job.signal.throwIfAborted();
        await job.progress({ done, total: steps.length, message: name });
        // A later attempt does not do again what is done.
        try {
          const counts = await job.step(`${kind}:${name}`, async () =>
            kind === 'jobs'
              ? { [name]: await cleanQueue(jobs, name, job) }
              : await runTask(tasks, name, { job, jobs, now }),
          );
          Object.assign(removed[kind], counts);
          for (const [what, count] of Object.entries(counts)) {
            if (count > 0) job.logger.info(`${what}: ${count} removed`);
          }
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

async function runTask(
  tasks: readonly CleanUpTask[],
  name: string,
  { job, jobs, now }: { job: JobContext; jobs: CleanableJobs; now: number },
): Promise<Readonly<Record<string, number>>> {
  const removed: unknown = await tasks
    .find((task) => task.name === name)
    ?.run({ signal: job.signal, logger: job.logger, now, jobs });
  const counts = z.union([z.number(), z.record(z.string(), z.number())]).safeParse(removed);
  if (!counts.success) {
    throw new PermanentError(`The clean-up task "${name}" must answer a number, or a number for each kind of data`);
  }
  if (typeof counts.data === 'number') return { [name]: counts.data };
  return Object.fromEntries(Object.entries(counts.data).map(([kind, count]) => [`${name}: ${kind}`, count]));
}

/**
 * Checks tasks that a host gives.
 *
 * @throws {ConfigError} naming each that is none, or whose name another one has
 */
export function checkCleanUpTasks(call: string, option: string, tasks: readonly CleanUpTask[]): void {
  if (!Array.isArray(tasks)) throw new ConfigError(call, [{ path: [option], message: 'must be a list' }]);
  const names = new Set<string>();
  const issues = tasks.flatMap((task, index): Issue[] => {
    const message = taskProblem(task, names);
    return message === undefined ? [] : [{ path: [option, index], message }];
  });
  if (issues.length > 0) throw new ConfigError(call, issues);
}

function taskProblem(task: CleanUpTask | undefined, names: Set<string>): string | undefined {
  if (typeof task?.name !== 'string' || task.name === '' || typeof task.run !== 'function')
    return "must be a task: { name: 'sync logs', run: async () => 0 }";
  if (names.has(task.name)) return `has the name "${task.name}", which another task has`;
  names.add(task.name);
  return undefined;
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
