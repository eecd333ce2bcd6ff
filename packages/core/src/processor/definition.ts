/** `defineProcessor`: the work of one queue. */
import type { EnvironmentTable, Variables } from '../config.js';
import type { Cache } from '../coordination/cache.js';
import type { SlotLimit } from '../coordination/rate-limit.js';
import { ProcessorDefinitionError } from '../errors.js';
import type { PluginEvents } from '../events.js';
import { optionsProblem, unknownOptions } from '../known-options.js';
import type { Logger } from '../logger.js';
import type { AnyQueueDefinition, DataInput, DataOutput, ResultInput } from '../queue/definition.js';
import type { AddedJob } from '../queue/handle.js';
import type { JobOptions } from '../queue/job-options.js';
import type { ScheduleOfQueue, Schedules } from '../queue/schedule.js';

/** What a job may say of how far it is: anything that JSON can carry. `{ done, total, message }` is shown as a bar. */
export type Progress = number | string | boolean | object;

/** A position in a long loop, kept with the job. */
export interface Cursor<T> {
  /** Where to go on: the value saved last, by this attempt or an earlier one. */
  readonly value: T;
  /** Keeps a new position. When it resolves, a crash does not lose it. */
  save(value: T): Promise<void>;
}

/** What a job may do beside its work, while it runs and after it has failed. */
export interface JobTools {
  /** Lines go to the worker's log and are kept on the job (the last 1,000), where the monitoring API shows them. */
  readonly logger: Logger;
  readonly cache: Cache;
  /** Adds a job to another queue. Name the queue in `enqueues`. */
  enqueue<Target extends AnyQueueDefinition>(
    queue: Target,
    data: DataInput<Target>,
    options?: JobOptions,
  ): Promise<AddedJob>;
  /**
   * Asks the worker to bring the `schedules` of this processor in line with what it wants now, and not only when their
   * turn comes: the job has changed something that they are made from. Waits for nothing.
   */
  refreshSchedules(): void;
  /**
   * Tells the listeners of `jobs.events`, those of this process, with the job's queue and id. An error in one is logged.
   * A crash may lose it: what has to happen goes into a job. The names and their payloads: `PluginEvents`.
   *
   * @example
   * ```ts
   * jobs.events.on('integration:access-lost', ({ integrationId, reason }) => askToConnectAgain(integrationId, reason));
   * ```
   */
  emit<Name extends keyof PluginEvents>(name: Name, event: PluginEvents[Name]): void;
}

/** One attempt of one job: what `process` is called with. */
export interface JobContext<Q extends AnyQueueDefinition = AnyQueueDefinition> extends JobTools {
  readonly id: string;
  readonly queue: Q['name'];
  /** The queue's name; of a job that BullMQ itself has added, that of `queue.add(name, data)`. */
  readonly name: string;
  /** Migrated and checked. */
  readonly data: DataOutput<Q>;
  /** Counts from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /**
   * Aborts when the attempt is to end: its `timeout` is over (`JobTimeoutError`), it was cancelled (`JobCancelledError`),
   * the job's lock was lost (`JobLockLostError`), or the worker shuts down and has waited long enough. The reason is the
   * error. Pass it to every wait. From then on `step`, `cursor`, `enqueue`, `emit`, `lock` and `takeSlot` reject with it;
   * a position may still be saved, and progress be told, until the attempt has ended.
   */
  readonly signal: AbortSignal;
  /** Tells how far the job is. */
  progress(value: Progress): Promise<void>;
  /**
   * Runs `fn` once in the life of the job: its result is stored, and a later attempt gets it without running `fn`
   * again. The result must survive JSON. A name stands for one step; asking for it again gives the same result. A store
   * that is away is waited for, before `fn` and after it.
   *
   * @throws the reason of `signal`, without calling `fn`, when the attempt is to end or has ended
   * @throws {JobLockLostError} without calling `fn`, when the job is another attempt's by now
   * @throws {AttemptOverError} without calling `fn`, when the processor has already returned or thrown
   * @example
   * ```ts
   * const image = await job.step('download', () => download(job.data.imageId, { signal: job.signal }));
   * ```
   */
  step<T>(name: string, fn: () => Promise<T> | T): Promise<T>;
  /**
   * A position that a loop saves as it goes, so that a later attempt goes on there. The value must survive JSON.
   *
   * @example
   * ```ts
   * const page = await job.cursor('page', 1);
   * for (;;) {
   *   const { rows, last } = await read(page.value);
   *   await write(rows);
   *   if (last) break;
   *   await page.save(page.value + 1);
   * }
   * ```
   */
  cursor<T>(name: string, initial: T): Promise<Cursor<T>>;
  /**
   * Takes one of the starts that `limit` allows under `key`, shared by all workers of all queues: call it before each
   * request to a service that counts them. A place that comes free soon is waited for; for a later one the job makes
   * room for others, and its place is kept.
   *
   * @throws {RetryAfterError} when it would have to wait for longer than `maxWait`: let it go up
   * @throws {TypeError} for a limit that is not of whole numbers of at least 1
   * @example At most 2 requests a second to one shop, whoever makes them
   * ```ts
   * await job.takeSlot(`shop:${shop}`, { max: 2, per: 1_000 });
   * ```
   */
  takeSlot(key: string, limit: SlotLimitOptions): Promise<void>;
  /**
   * Takes the lock `key` of all workers and queues, and keeps it until the attempt ends. After a crash the job's own next
   * attempt gets it at once, any other job after 30 s.
   *
   * @throws {RetryAfterError} when another job holds it: let it go up, and the job comes back
   * @example
   * ```ts
   * await job.lock(`image:${job.data.imageId}`);
   * ```
   */
  lock(key: string, options?: LockOptions): Promise<void>;
}

/** What `takeSlot` takes. */
export interface SlotLimitOptions extends SlotLimit {
  /** A place that comes free within so many ms is waited for. Default 1,000. */
  readonly maxWait?: number;
}

/** What `lock` takes. */
export interface LockOptions {
  /** When to come back where another job holds it. ms, default 5,000. */
  readonly retryAfter?: number;
}

/** A job that has failed for good: what `onExhausted` is called with. */
export interface ExhaustedJob<Q extends AnyQueueDefinition = AnyQueueDefinition> extends JobTools {
  readonly id: string;
  readonly queue: Q['name'];
  /** Undefined when the data itself was the problem: it does not fit the schema, or could not be migrated. */
  readonly data: DataOutput<Q> | undefined;
  readonly attempts: number;
}

/** What `defineProcessor` takes. */
export interface ProcessorOptions<Q extends AnyQueueDefinition> {
  readonly queue: Q;
  /** The queues that it adds jobs to. One that the host has not registered is found at registration. */
  readonly enqueues?: readonly AnyQueueDefinition[];
  /**
   * How many jobs one worker process runs at a time. Default: that of `DEFAULT_CONCURRENCY`, else 5. What `startWorker`,
   * `JOBS_CONCURRENCY` and `registerProcessor` say counts before it, the first of them most.
   */
  readonly concurrency?: number;
  /**
   * Does the work. Throw `PermanentError` for no more attempts, `RetryAfterError` to come back later without using up an
   * attempt, anything else to be tried again.
   */
  process(job: JobContext<Q>): Promise<ResultInput<Q>> | ResultInput<Q>;
  /**
   * Called once when the last attempt has failed, before the job is stored as failed. An error in it is logged. After a
   * crash in this moment it may be called again.
   */
  onExhausted?(job: ExhaustedJob<Q>, error: Error): Promise<void> | void;
  /**
   * Its recurring work: a list, or a function that reads it anew each time, for instance from a database. Workers that
   * have this processor reconcile it when they start and every few minutes. The queue is this one.
   *
   * @example
   * ```ts
   * defineProcessor({
   *   queue: syncQueue,
   *   process: (job) => sync(job.data.id),
   *   async *schedules() {
   *     for await (const { id } of activeIntegrations()) yield { key: `sync:${id}`, data: { id }, every: 7_200_000 };
   *   },
   * });
   * ```
   */
  readonly schedules?:
    | readonly ScheduleOfQueue<Q>[]
    | (() => Schedules<ScheduleOfQueue<Q>> | Promise<Schedules<ScheduleOfQueue<Q>>>);
  /**
   * The variables that it reads, by `defineEnvironment`: checked with all others when a worker starts, and listed by
   * `bizinsights-jobs environment`.
   */
  readonly environment?: EnvironmentTable;
  /** Where these are read. Default: `createJobs({ environment })`, else the process's. */
  readonly variables?: Variables | undefined;
  /**
   * Called once before a worker takes the first job: open connections here. If it throws, the worker does not start.
   *
   * @param variables what `environment` was checked against: read the variables there. Undefined is the process's.
   */
  start?(variables?: Variables): Promise<void> | void;
  /** Called once after the last job: close them here. */
  stop?(): Promise<void> | void;
}

const PROCESSOR_OPTIONS = Object.keys({
  queue: true,
  enqueues: true,
  concurrency: true,
  process: true,
  onExhausted: true,
  schedules: true,
  environment: true,
  variables: true,
  start: true,
  stop: true,
} satisfies Record<keyof ProcessorOptions<AnyQueueDefinition>, true>);

/** A defined processor. */
export type ProcessorDefinition<Q extends AnyQueueDefinition = AnyQueueDefinition> = Readonly<ProcessorOptions<Q>>;

// biome-ignore lint/suspicious/noExplicitAny: a processor is contravariant in its data, so only `any` accepts them all.
export type AnyProcessorDefinition = ProcessorDefinition<any>;

/**
 * Defines the work of a queue.
 *
 * @throws {ProcessorDefinitionError} when something is missing, unknown or out of range.
 * @example
 * ```ts
 * export const thumbnails = defineProcessor({
 *   queue: thumbnailQueue,
 *   concurrency: 5,
 *   async process(job) {
 *     const image = await job.step('download', () => download(job.data.imageId, { signal: job.signal }));
 *     return { bytes: await resize(image, job.data.width) };
 *   },
 * });
 * ```
 */
export function defineProcessor<Q extends AnyQueueDefinition>(options: ProcessorOptions<Q>): ProcessorDefinition<Q> {
  const problem = optionsProblem(options);
  if (problem) throw new ProcessorDefinitionError(`defineProcessor: the options ${problem}`);
  const name = options.queue?.name;
  if (!name) throw new ProcessorDefinitionError('defineProcessor: `queue` must be a queue made by defineQueue');
  const unknown = unknownOptions(options, PROCESSOR_OPTIONS).map((one) => `unknown option \`${one.name}\`${one.hint}`);
  if (unknown.length > 0) throw new ProcessorDefinitionError(`Processor of queue "${name}": ${unknown.join('; ')}`);
  const { process, onExhausted, start, stop, schedules = [], enqueues = [] } = options;
  for (const [option, called] of Object.entries({ process, onExhausted, start, stop })) {
    if (typeof called === 'function' || (called === undefined && option !== 'process')) continue;
    throw new ProcessorDefinitionError(`Processor of queue "${name}": \`${option}\` must be a function`);
  }
  if (!Array.isArray(enqueues)) {
    throw new ProcessorDefinitionError(`Processor of queue "${name}": \`enqueues\` must be a list of queues`);
  }
  if (typeof schedules !== 'function' && !Array.isArray(schedules)) {
    throw new ProcessorDefinitionError(`Processor of queue "${name}": \`schedules\` must be a list or a function`);
  }
  checkConcurrency(name, options.concurrency, 'defineProcessor({ concurrency })');
  return Object.freeze({ ...options });
}

/**
 * @param source where it was given, for the error
 * @throws {ProcessorDefinitionError} unless it is undefined or a whole number of at least 1.
 */
export function checkConcurrency(queue: string, concurrency: number | undefined, source: string): void {
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    // What a text looks like would not say what is wrong with it.
    const given = typeof concurrency === 'number' ? concurrency : JSON.stringify(concurrency);
    throw new ProcessorDefinitionError(
      `Queue "${queue}": the concurrency of ${source} must be a whole number of at least 1, not ${given}`,
    );
  }
}
