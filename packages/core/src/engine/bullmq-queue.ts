/** One queue on BullMQ: the same for Redis, PostgreSQL and the embedded store. */
import { type IQueueBackend, type Job, type JobJson, Queue, QueueEvents, type Telemetry } from 'bullmq';
import { JobDataError, JobsError } from '../errors.js';
import type { BullBackend, BullConnection } from './bullmq-backend.js';
import { listenToEvents } from './bullmq-events.js';
import { isConnectionError, toEngineError } from './connection-error.js';
import type { EngineQueue, FinishedJob, NewJob, QueueCounts, QueueEvent, StoredJob, StoredState } from './engine.js';

/** What an engine on BullMQ makes its queues with. */
export interface BullQueueOptions {
  readonly name: string;
  readonly address: string;
  readonly prefix: string;
  readonly telemetry: Telemetry | undefined;
  /** Resolves when the store can be used; rejects soon (after `limit` ms) when it can't. Asked before the first operation. */
  readonly ready: (limit?: number) => Promise<void>;
  /** Whether the store can be used now, where that can be told without asking it. Else `ready` is asked. */
  readonly isReady?: () => boolean;
  /**
   * Of a store whose connection comes back by itself: an operation that lost it is sent once more, if it is back in so
   * many ms. A restart or a fail-over is not felt then. Safe, as every job has its id before it is sent.
   */
  readonly reconnectLimit?: number;
  /** Puts a limit on the wait for an answer, where the driver has none. */
  readonly within?: <T>(answer: Promise<T>) => Promise<T>;
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
  readonly counts: () => Promise<QueueCounts>;
  readonly fairPriorities: (tenants: readonly string[]) => Promise<number[]>;
  readonly onError: (error: Error) => void;
}

type BullMqQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend>;

type BullMqEvents = QueueEvents<unknown, IQueueBackend>;

/** Jobs that are added or removed in one step. */
const BATCH = 1_000;

/** Between two looks at a job whose end is waited for: longer each time. ms */
const FIRST_LOOK = 250;
const LAST_LOOK = 5_000;

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
    const queue = this.#usable() ?? (await this.#open());
    try {
      return await this.#addTo(queue, job);
    } catch (error) {
      return this.#again(error, (again) => this.#addTo(again, job)).catch((problem) => {
        throw this.#toAddError(problem);
      });
    }
  }

  #addTo(queue: BullMqQueue, job: NewJob): Promise<string> {
    // Telemetry is in BullMQ's own `add`; without it, its backend alone does the same for less.
    if (this.#options.telemetry) {
      return queue.add(this.name, job.data, { ...job.options, jobId: job.id }).then(({ id }) => id ?? job.id);
    }
    const adding = queue.getBackend().addJob(this.#toJson(job), job.id);
    return this.#options.within ? this.#options.within(adding) : adding;
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
    const queue = this.#usable() ?? (await this.#open());
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

  async ids(state: StoredState, start: number, end: number, ascending: boolean): Promise<string[]> {
    return this.#run(async (queue) => {
      const ids = await queue.getRanges([LIST_NAMES[state]], start, end, ascending);
      // BullMQ 4 and older put a marker into the list.
      return ids.filter((id) => !id.startsWith('0:'));
    });
  }

  async getMany(ids: readonly string[]): Promise<(StoredJob | undefined)[]> {
    return this.#run((queue) => Promise.all(ids.map((id) => queue.getJob(id))));
  }

  counts(): Promise<QueueCounts> {
    return this.#options.counts();
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

  async waitForFinish(id: string, timeout: number, signal?: AbortSignal): Promise<FinishedJob | undefined> {
    const events = this.#openEvents();
    return await new Promise<FinishedJob | undefined>((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        clearTimeout(look);
        for (const name of ['completed', 'failed', 'removed'] as const) events.off(name, check);
        signal?.removeEventListener('abort', abort);
        finish();
      };
      const abort = () => settle(() => reject(signal?.reason));
      const check = ({ jobId }: { jobId: string }) => {
        if (jobId !== id) return;
        this.#run((queue) => this.#finished(queue, id)).then(
          (end) => end && settle(() => resolve(end)),
          (error) => settle(() => reject(error)),
        );
      };
      const timer = setTimeout(() => settle(() => resolve(undefined)), timeout);
      // An event that came before we listened, or got lost with a connection, must not cost the whole time.
      let pause = FIRST_LOOK;
      const lookAgain = () => {
        check({ jobId: id });
        pause = Math.min(2 * pause, LAST_LOOK);
        look = setTimeout(lookAgain, pause);
      };
      let look = setTimeout(lookAgain, pause);
      for (const name of ['completed', 'failed', 'removed'] as const) events.on(name, check);
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      // It may have ended before we listened.
      check({ jobId: id });
    });
  }

  events(listener: (event: QueueEvent) => void, after?: string): Promise<() => Promise<void>> {
    return this.#run(() => {
      const { name, prefix, eventsConnection, backend, onError } = this.#options;
      return listenToEvents({ name, prefix, connection: eventsConnection(), backend, onError }, listener, after);
    });
  }

  fairPriorities(tenants: readonly string[]): Promise<number[]> {
    return this.#run(() => this.#options.fairPriorities(tenants));
  }

  async close(): Promise<void> {
    await Promise.all([this.#closeEvents(), this.#queue?.close()]);
  }

  /** By force, beside BullMQ's own end: that waits for ever for a connection that has never been there. */
  async #closeEvents(): Promise<void> {
    if (!this.#events) return;
    const closing = this.#events.close();
    await this.#events.getBackend().close(true);
    await closing.catch((error) => {
      if (!isConnectionError(error)) throw error;
    });
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
    const { within = keep, address } = this.#options;
    const queue = this.#usable() ?? (await this.#open());
    try {
      return await within(operation(queue));
    } catch (error) {
      return this.#again(error, operation).catch((problem) => {
        throw toEngineError(problem, address);
      });
    }
  }

  /** Runs an operation once more when its connection was lost on the way, and rejects `error` otherwise. */
  async #again<T>(error: unknown, operation: (queue: BullMqQueue) => Promise<T>): Promise<T> {
    const { reconnectLimit, ready, within = keep } = this.#options;
    if (reconnectLimit === undefined || error instanceof JobsError || !isConnectionError(error)) throw error;
    await ready(reconnectLimit);
    return within(operation(this.#queue ?? (await this.#open())));
  }

  /** The queue, unless something has to be waited for first. */
  #usable(): BullMqQueue | undefined {
    return this.#options.isReady?.() === false ? undefined : this.#queue;
  }

  #open(): Promise<BullMqQueue> {
    this.#opening ??= this.#openQueue().finally(() => {
      // A failed opening is tried again by the next operation.
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openQueue(): Promise<BullMqQueue> {
    const { ready, onError, name, address, within = keep } = this.#options;
    await ready();
    if (this.#queue) return this.#queue;
    const queue = new Queue(name, this.#bullOptions(), this.#options.backend);
    queue.on('error', onError);
    try {
      await within(queue.waitUntilReady());
    } catch (error) {
      queue.close().catch(onError);
      throw toEngineError(error, address);
    }
    this.#queue = queue;
    return queue;
  }

  /** Begins to listen, as soon as there is a connection. */
  #openEvents(): BullMqEvents {
    if (!this.#events) {
      const { eventsConnection, prefix, backend } = this.#options;
      this.#events = new QueueEvents(this.name, { connection: eventsConnection(), prefix }, backend);
      this.#events.on('error', this.#options.onError);
      // One listener a waiting caller is no leak.
      this.#events.setMaxListeners(0);
    }
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

const keep = <T>(answer: Promise<T>): Promise<T> => answer;

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
