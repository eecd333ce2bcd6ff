/** One queue on BullMQ: the same for Redis, PostgreSQL and the embedded store. */
import {
  type BackendFactory,
  type IQueueBackend,
  type Job,
  type JobJson,
  type PgPool,
  Queue,
  QueueEvents,
  type Telemetry,
} from 'bullmq';
import { JobDataError } from '../errors.js';
import { toEngineError } from './connection-error.js';
import type { EngineQueue, FinishedJob, NewJob, QueueCounts, StoredJob, StoredState } from './engine.js';
import type { RedisClient } from './redis-connection.js';

/** What an engine on BullMQ makes its queues with. */
export interface BullQueueOptions {
  readonly name: string;
  readonly address: string;
  readonly prefix: string;
  readonly telemetry: Telemetry | undefined;
  /** Resolves when the store can be used; rejects soon when it can't. Asked before the first operation. */
  readonly ready: () => Promise<void>;
  /** For operations, whose callers wait. */
  readonly connection: () => BullConnection;
  /** For the listener to the queue's events, which waits for ever. */
  readonly eventsConnection: () => BullConnection;
  readonly backend: BullBackend;
  /**
   * Whether many jobs are added by one statement, or by one command each, all at once. Redis is faster with the latter
   * and keeps their order on its one connection; PostgreSQL is neither.
   */
  readonly addsInOneStatement: boolean;
  readonly fairPriorities: (tenants: readonly string[]) => Promise<number[]>;
  readonly onError: (error: Error) => void;
}

/** What a backend is given as `connection`: an ioredis client or a pool. */
export type BullConnection = RedisClient | PgPool;

/** BullMQ's backend for one kind of store. Its connection type is its own, and only the engine that names both knows it. */
// biome-ignore lint/suspicious/noExplicitAny: the factory is contravariant in its connection.
export type BullBackend = BackendFactory<IQueueBackend, any>;

type BullMqQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend>;

type BullMqEvents = QueueEvents<unknown, IQueueBackend>;

/** Jobs that are added or removed in one step. */
const BATCH = 1_000;

/** What a job has before its first attempt. */
const NEW_JOB = {
  progress: 0,
  attemptsMade: 0,
  attemptsStarted: 0,
  stalledCounter: 0,
  failedReason: '',
  returnvalue: 'null',
} as const;

/** BullMQ's names of the states in `getJobs` and `getJobCounts`. */
const LIST_NAMES = {
  waiting: 'wait',
  prioritized: 'prioritized',
  delayed: 'delayed',
  active: 'active',
  completed: 'completed',
  failed: 'failed',
  'waiting-children': 'waiting-children',
} as const satisfies Record<StoredState, string>;

export class BullQueue implements EngineQueue {
  readonly name: string;
  readonly #options: BullQueueOptions;
  #queue: BullMqQueue | undefined;
  #opening: Promise<BullMqQueue> | undefined;
  #events: BullMqEvents | undefined;

  constructor(options: BullQueueOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async add(job: NewJob): Promise<string> {
    const queue = this.#queue ?? (await this.#open());
    try {
      // Telemetry is in BullMQ's own `add`; without it, its backend alone does the same for less.
      if (!this.#options.telemetry) return await queue.getBackend().addJob(this.#toJson(job), job.id);
      const added = await queue.add(this.name, job.data, { ...job.options, jobId: job.id });
      return added.id ?? job.id;
    } catch (error) {
      throw this.#toAddError(error);
    }
  }

  async addMany(jobs: readonly NewJob[]): Promise<string[]> {
    const ids: string[] = [];
    for (let start = 0; start < jobs.length; start += BATCH) {
      const batch = jobs.slice(start, start + BATCH);
      ids.push(
        ...(this.#options.addsInOneStatement
          ? await this.#addBatch(batch)
          : await Promise.all(batch.map((job) => this.add(job)))),
      );
    }
    return ids;
  }

  async #addBatch(jobs: readonly NewJob[]): Promise<string[]> {
    const queue = this.#queue ?? (await this.#open());
    try {
      if (!this.#options.telemetry) {
        return await queue.getBackend().addJobs(jobs.map((job) => ({ job: this.#toJson(job), jobId: job.id })));
      }
      const added = await queue.addBulk(
        jobs.map(({ id, data, options }) => ({ name: this.name, data, opts: { ...options, jobId: id } })),
      );
      return added.map((job, index) => job.id ?? jobs[index]?.id ?? '');
    } catch (error) {
      throw this.#toAddError(error);
    }
  }

  /** What BullMQ's `Job.create` would make of it. */
  #toJson({ id, data, options }: NewJob): JobJson {
    return {
      id,
      name: this.name,
      data: JSON.stringify(data) ?? '{}',
      opts: options,
      timestamp: Date.now(),
      ...(options.deduplication ? { deduplicationId: options.deduplication.id } : {}),
      ...NEW_JOB,
    };
  }

  get(id: string): Promise<StoredJob | undefined> {
    return this.#run((queue) => queue.getJob(id));
  }

  state(id: string): Promise<StoredState | undefined> {
    return this.#run(async (queue) => {
      const state = await queue.getJobState(id);
      return state === 'unknown' ? undefined : state;
    });
  }

  list(state: StoredState, start: number, end: number, ascending: boolean): Promise<StoredJob[]> {
    return this.#run(async (queue) => {
      const jobs = await queue.getJobs([LIST_NAMES[state]], start, end, ascending);
      // A job that ended between the look at the list and the look at the job is null.
      return jobs.filter((job) => job !== undefined && job !== null);
    });
  }

  counts(): Promise<QueueCounts> {
    return this.#run(async (queue) => {
      const [counts, isPaused] = await Promise.all([
        queue.getJobCounts('wait', 'prioritized', 'active', 'completed', 'failed', 'delayed'),
        queue.isPaused(),
      ]);
      const of = (state: string) => counts[state] ?? 0;
      const ready = of('wait') + of('prioritized');
      return {
        waiting: isPaused ? 0 : ready,
        active: of('active'),
        completed: of('completed'),
        failed: of('failed'),
        delayed: of('delayed'),
        paused: isPaused ? ready : 0,
        isPaused,
      };
    });
  }

  length(state: StoredState): Promise<number> {
    return this.#run(async (queue) => {
      const counts = await queue.getJobCounts(LIST_NAMES[state]);
      return counts[LIST_NAMES[state]] ?? 0;
    });
  }

  pause(): Promise<void> {
    return this.#run((queue) => queue.pause());
  }

  resume(): Promise<void> {
    return this.#run((queue) => queue.resume());
  }

  empty(): Promise<number> {
    return this.#run(async (queue) => {
      const before = await queue.getJobCounts('wait', 'prioritized', 'delayed');
      await queue.drain(true);
      const after = await queue.getJobCounts('wait', 'prioritized', 'delayed');
      return Math.max(0, total(before) - total(after));
    });
  }

  clean(state: StoredState, olderThan: number, limit: number): Promise<number> {
    return this.#run(async (queue) => {
      // BullMQ calls it 'waiting-children' in no clean; the others by their list's name.
      if (state === 'waiting-children') return 0;
      const type = state === 'waiting' ? 'wait' : state;
      let removed = 0;
      while (removed < limit) {
        const batch = Math.min(BATCH, limit - removed);
        const ids = await queue.clean(olderThan, batch, type);
        removed += ids.length;
        if (ids.length < batch) break;
      }
      return removed;
    });
  }

  retry(id: string, from: 'failed' | 'completed'): Promise<boolean> {
    return this.#run((queue) => this.#move(queue, id, from, (job) => job.retry(from, { resetAttemptsMade: true })));
  }

  promote(id: string): Promise<boolean> {
    return this.#run((queue) => this.#move(queue, id, 'delayed', (job) => job.promote()));
  }

  remove(id: string): Promise<boolean> {
    return this.#run(async (queue) => (await queue.remove(id)) === 1);
  }

  logs(id: string, start: number, end: number): Promise<{ lines: string[]; count: number }> {
    return this.#run(async (queue) => {
      const { logs, count } = await queue.getJobLogs(id, start, end, true);
      return { lines: logs, count };
    });
  }

  waitForFinish(id: string, timeout: number, signal?: AbortSignal): Promise<FinishedJob | undefined> {
    return this.#run(async (queue) => {
      const events = await this.#openEvents();
      return await new Promise<FinishedJob | undefined>((resolve, reject) => {
        const settle = (finish: () => void) => {
          clearTimeout(timer);
          clearInterval(look);
          for (const name of ['completed', 'failed', 'removed'] as const) events.off(name, check);
          signal?.removeEventListener('abort', abort);
          finish();
        };
        const abort = () => settle(() => reject(signal?.reason));
        const check = ({ jobId }: { jobId: string }) => {
          if (jobId === id) this.#finished(queue, id).then((end) => end && settle(() => resolve(end)), abortWith);
        };
        const abortWith = (error: unknown) => settle(() => reject(toEngineError(error, this.#options.address)));
        const timer = setTimeout(() => settle(() => resolve(undefined)), timeout);
        // An event that got lost with a connection must not cost the whole time.
        const look = setInterval(() => check({ jobId: id }), 5_000);
        for (const name of ['completed', 'failed', 'removed'] as const) events.on(name, check);
        if (signal?.aborted) return abort();
        signal?.addEventListener('abort', abort, { once: true });
        // It may have ended before we listened.
        check({ jobId: id });
      });
    });
  }

  fairPriorities(tenants: readonly string[]): Promise<number[]> {
    return this.#run(() => this.#options.fairPriorities(tenants));
  }

  async close(): Promise<void> {
    await Promise.all([this.#events?.close(), this.#queue?.close()]);
  }

  async #finished(queue: BullMqQueue, id: string): Promise<FinishedJob | undefined> {
    const job = await queue.getJob(id);
    if (!job) return { state: 'removed' };
    if (!job.finishedOn) return undefined;
    const state = await job.getState();
    if (state === 'completed') return { state, value: job.returnvalue };
    if (state !== 'failed') return undefined;
    const trace = job.stacktrace?.at(-1);
    return { state, reason: job.failedReason, ...(trace === undefined ? {} : { trace }) };
  }

  async #move(queue: BullMqQueue, id: string, from: string, move: (job: Job) => Promise<void>): Promise<boolean> {
    const job = await queue.getJob(id);
    if (!job || (await job.getState()) !== from) return false;
    try {
      await move(job);
      return true;
    } catch (error) {
      // Somebody else moved it between our look and our move: BullMQ throws, and the answer is no.
      if ((await job.getState()) !== from) return false;
      throw error;
    }
  }

  async #run<T>(operation: (queue: BullMqQueue) => Promise<T>): Promise<T> {
    const queue = this.#queue ?? (await this.#open());
    try {
      return await operation(queue);
    } catch (error) {
      throw toEngineError(error, this.#options.address);
    }
  }

  #open(): Promise<BullMqQueue> {
    this.#opening ??= this.#openQueue().finally(() => {
      // A failed opening is tried again by the next operation.
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openQueue(): Promise<BullMqQueue> {
    const { ready, onError, name } = this.#options;
    await ready();
    const queue = new Queue(name, this.#bullOptions(), this.#options.backend);
    queue.on('error', onError);
    await queue.waitUntilReady();
    this.#queue = queue;
    return queue;
  }

  async #openEvents(): Promise<BullMqEvents> {
    if (!this.#events) {
      const { eventsConnection, prefix, backend } = this.#options;
      this.#events = new QueueEvents(this.name, { connection: eventsConnection(), prefix }, backend);
      this.#events.on('error', this.#options.onError);
      // One listener a waiting caller is no leak.
      this.#events.setMaxListeners(0);
    }
    await this.#events.waitUntilReady();
    return this.#events;
  }

  #bullOptions() {
    const { connection, prefix, telemetry } = this.#options;
    return { connection: connection(), prefix, ...(telemetry ? { telemetry } : {}) };
  }

  #toAddError(error: unknown): Error {
    // jsonb stores no NUL character, and JSON has no word for a BigInt or a circle.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === '22P05' || (error instanceof TypeError && /BigInt|circular/i.test(error.message))) {
      const reason = code === '22P05' ? 'contains the character \\u0000, which PostgreSQL cannot store' : String(error);
      return new JobDataError(`Data for queue "${this.name}" can't be stored: ${reason}`, [], { cause: error });
    }
    return toEngineError(error, this.#options.address);
  }
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
