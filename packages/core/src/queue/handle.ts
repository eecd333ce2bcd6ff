/** `jobs.queue(…)`: everything that a host does with one queue. */
import { z } from 'zod';
import { cursorCodec } from '../coordination/cursor.js';
import type {
  Engine,
  FinishedJob,
  JobReader,
  JobStore,
  NewJob,
  QueueCounts,
  StoredOptions,
  StoredState,
} from '../engine/contract.js';
import {
  JobCancelledError,
  JobConflictError,
  JobDataError,
  JobFailedError,
  JobNotFoundError,
  JobResultError,
  type JobsError,
  JobTimeoutError,
  PermanentError,
  WaitTimeoutError,
  WorkerDiedError,
} from '../errors.js';
import type { JobReference, JobsEventEmitter } from '../events.js';
import { requestCancellation } from './cancellation.js';
import { type CheckedInput, checkInput, checkInputNow, checkInputs } from './data.js';
import type { AnyQueueDefinition, DataInput, ResultOf } from './definition.js';
import { beginAnew } from './job-marks.js';
import type { JobOptions } from './job-options.js';
import { canBeJobId, toStoredOptions, withRateKey, withTenant } from './options.js';
import { readableGroups } from './readable-groups.js';
import { toReuse } from './reuse.js';
import { type JobState, type JobView, toJobView, toResult } from './view.js';

/** What `add` answers. */
export interface AddedJob extends JobReference {
  /**
   * True when `deduplicate` or `reuse` found a job: `id` is the id of that one, and nothing was added. Of an `id` of your own that
   * was there already it does not tell: the store answers that id either way, and asking first would cost each `add` a
   * round trip.
   */
  readonly deduplicated: boolean;
}

/** One job for `addMany`. */
export interface NewJobEntry<Q extends AnyQueueDefinition> {
  readonly data: DataInput<Q>;
  readonly options?: JobOptions;
}

/** A page of jobs; `cursor` asks for the next one and is absent on the last. */
export interface JobPage<Q extends AnyQueueDefinition> {
  readonly jobs: JobView<Q>[];
  readonly cursor?: string;
}

/** What became of a `cancel`. */
export type CancelOutcome =
  /** It was waiting or delayed, and is removed. */
  | 'removed'
  /** It runs: its worker has been told, aborts its `signal`, and fails it for good with `JobCancelledError`. */
  | 'requested'
  /** It had already ended, or there is no such job. */
  | 'finished'
  | 'not-found';

/** The place of a job in its list. */
const place = z.int().min(0);

const PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1_000;
const WAIT_TIMEOUT = 30_000;

/** What a handle works with. */
export interface QueueHandleContext {
  readonly engine: Engine;
  readonly events: JobsEventEmitter;
  readonly newId: () => string;
  readonly now: () => number;
}

/**
 * A queue of `createJobs`. Arguments and results are typed by its definition.
 *
 * Every method rejects with `EngineUnavailableError` within a few seconds when the store can't be reached.
 */
export class QueueHandle<Q extends AnyQueueDefinition> {
  readonly definition: Q;
  readonly #context: QueueHandleContext;
  readonly #queue: JobStore & JobReader;

  constructor(definition: Q, context: QueueHandleContext) {
    this.definition = definition;
    this.#context = context;
    this.#queue = context.engine.queue(definition.name);
  }

  get name(): Q['name'] {
    return this.definition.name;
  }

  /**
   * Checks the data and adds a job.
   *
   * Safe to repeat: with an `id`, adding it again adds nothing.
   *
   * @throws {JobDataError} listing every problem with its path; nothing was added.
   * @throws {JobOptionsError} for an unknown or wrong option; nothing was added.
   * @example
   * ```ts
   * await jobs.queue(thumbnailQueue).add({ organizationId, imageId, width: 320 }, { delay: 60_000 });
   * ```
   */
  async add(data: DataInput<Q>, options?: JobOptions): Promise<AddedJob> {
    const { definition } = this;
    const id = options?.id ?? this.#context.newId();
    const stored = toStoredOptions(definition, options);
    const checked = checkInputNow(definition, data) ?? (await checkInput(definition, data));
    return this.#added(id, await this.#queue.add(this.#newJob(id, checked, stored, options)));
  }

  /**
   * Adds many jobs. All data is checked first, so that one bad entry keeps all of them out.
   *
   * The jobs are not one transaction: if the store goes away in the middle, some may have been added. Give ids to be
   * able to repeat it safely.
   *
   * @throws {JobDataError} with the index of each bad entry first in its path; nothing was added.
   */
  async addMany(entries: readonly NewJobEntry<Q>[]): Promise<AddedJob[]> {
    const options = entries.map((entry) => toStoredOptions(this.definition, entry.options));
    const checked = await checkInputs(this.definition, entries);
    const jobs = checked.map((input, index) => {
      const id = entries[index]?.options?.id ?? this.#context.newId();
      return this.#newJob(id, input, options[index] ?? {}, entries[index]?.options);
    });
    const added = await this.#queue.addMany(jobs);
    return jobs.map(({ id }, index) => this.#added(id, added[index] ?? id));
  }

  /** A job, or undefined when there is none (any more). */
  async get(id: string): Promise<JobView<Q> | undefined> {
    if (!canBeJobId(id)) return undefined;
    const [job, state] = await Promise.all([this.#queue.get(id), this.#queue.state(id)]);
    return job && state ? toJobView(this.definition, job, state) : undefined;
  }

  /** Jobs by their ids, in their order and in one round trip; undefined for one that there is not (any more). */
  async getMany(ids: readonly string[]): Promise<(JobView<Q> | undefined)[]> {
    const asked = [...new Set(ids.filter(canBeJobId))];
    const found = await this.#queue.getMany(asked);
    const byId = new Map(asked.map((id, index) => [id, found[index]]));
    return ids.map((id) => {
      const job = byId.get(id);
      return job && toJobView(this.definition, job, job.state);
    });
  }

  /**
   * Jobs of one state, newest first. `limit` is 1 to 1,000, by default 100.
   *
   * The cursor is a position: jobs that come or go between two pages shift it.
   *
   * @throws {ArgumentError} for a cursor of another list
   */
  async list(query: { state: JobState; cursor?: string; limit?: number }): Promise<JobPage<Q>> {
    const limit = Math.min(Math.max(1, Math.trunc(query.limit ?? PAGE_SIZE)), MAX_PAGE_SIZE);
    const cursors = cursorCodec(`jobs ${this.name} ${query.state}`, place);
    const start = query.cursor === undefined ? 0 : cursors.read(query.cursor);
    const jobs: JobView<Q>[] = [];
    let offset = start;
    for (const state of storedStates(query.state)) {
      // One more than the page holds tells whether there is a next one.
      const found = await this.#queue.list(state, offset, offset + limit - jobs.length, false);
      jobs.push(...found.map((job) => toJobView(this.definition, job, state)));
      if (jobs.length > limit) return { jobs: jobs.slice(0, limit), cursor: cursors.write(start + limit) };
      offset = Math.max(0, offset - (await this.#queue.length(state)));
    }
    return { jobs };
  }

  /** The numbers of the queue, as the monitoring API gives them. */
  counts(): Promise<QueueCounts> {
    return this.#queue.counts();
  }

  /** Stops all workers from taking jobs of this queue, in all processes. Running jobs go on. */
  async pause(): Promise<void> {
    await this.#queue.pause();
    this.#context.events.emit('queue:paused', { queue: this.name });
  }

  async resume(): Promise<void> {
    await this.#queue.resume();
    this.#context.events.emit('queue:resumed', { queue: this.name });
  }

  /**
   * Removes all jobs that wait or are delayed, and returns their number. Running and finished jobs stay. A long queue is
   * emptied in steps: a job that is added meanwhile may stay.
   */
  async empty(): Promise<number> {
    const removed = await this.#queue.empty();
    this.#context.events.emit('queue:cleaned', { queue: this.name, removed });
    return removed;
  }

  /**
   * Removes jobs of a state that are at least `olderThan` ms old, and returns their number.
   *
   * @param query `state` by default `completed`, `olderThan` 0, `limit` 10,000
   */
  async clean(
    query: { state?: Exclude<JobState, 'active'>; olderThan?: number; limit?: number } = {},
  ): Promise<number> {
    const { state = 'completed', olderThan = 0, limit = 10_000 } = query;
    let removed = 0;
    for (const one of storedStates(state))
      if (removed < limit) removed += await this.#queue.clean(one, olderThan, limit - removed);
    this.#context.events.emit('queue:cleaned', { queue: this.name, removed });
    return removed;
  }

  /**
   * Takes failed jobs back into the queue as {@link retry} does, oldest first, and returns their number.
   *
   * @param query `limit` by default all; `filter` picks jobs by what they are
   */
  async retryFailed(query: { limit?: number; filter?: (job: JobView<Q>) => boolean } = {}): Promise<number> {
    const { limit = Number.POSITIVE_INFINITY, filter } = query;
    let retried = 0;
    // Jobs that stay behind are passed over; those that go leave their place to the next one. One that has failed again
    // meanwhile is behind all that were failed at the start, and is not taken twice.
    let start = 0;
    let left = await this.#queue.length('failed');
    while (retried < limit && left > 0) {
      const page = await this.#queue.ids('failed', start, start + Math.min(PAGE_SIZE, left) - 1, true);
      if (page.length === 0) break;
      left -= page.length;
      const fitting = filter ? await this.#fitting(page, filter) : page;
      const moved = await this.#retryMany(fitting.slice(0, limit - retried));
      const count = moved.filter(Boolean).length;
      retried += count;
      start += page.length - count;
    }
    return retried;
  }

  /** As many at a time as are not too large together. */
  async #fitting(ids: readonly string[], filter: (job: JobView<Q>) => boolean): Promise<string[]> {
    const fitting: string[] = [];
    for await (const group of readableGroups(this.#queue, ids)) {
      const jobs = await this.#queue.getMany(group.ids);
      fitting.push(
        ...group.ids.filter((_id, index) => {
          const job = jobs[index];
          return job !== undefined && filter(toJobView(this.definition, job, 'failed'));
        }),
      );
    }
    return fitting;
  }

  /**
   * Takes one failed job back into the queue, with all its attempts; its `starts`, `deaths` and `putOffs` begin at 0. False
   * when it is not failed.
   */
  async retry(id: string): Promise<boolean> {
    return canBeJobId(id) && (await this.#queue.state(id)) === 'failed' && (await this.#retry(id));
  }

  async #retry(id: string): Promise<boolean> {
    const { engine, now } = this.#context;
    await beginAnew(engine, this.definition, id, now());
    return this.#queue.retry(id, 'failed');
  }

  async #retryMany(ids: readonly string[]): Promise<boolean[]> {
    const { engine, now } = this.#context;
    await Promise.all(ids.map((id) => beginAnew(engine, this.definition, id, now())));
    return this.#queue.retryMany(ids, 'failed');
  }

  /** Runs a delayed job now. False when it is not delayed. */
  async promote(id: string): Promise<boolean> {
    return canBeJobId(id) && (await this.#queue.promote(id));
  }

  /**
   * Removes a job that does not run. False when there is none, or it runs.
   *
   * @throws {JobConflictError} for the next run of a schedule: pause or remove the schedule instead
   */
  async remove(id: string): Promise<boolean> {
    return canBeJobId(id) && (await this.#queue.remove(id));
  }

  /** The lines that the job's logger has kept, oldest first. */
  async logs(id: string, query: { offset?: number; limit?: number } = {}): Promise<{ lines: string[]; total: number }> {
    if (!canBeJobId(id)) return { lines: [], total: 0 };
    const { offset = 0, limit = PAGE_SIZE } = query;
    const { lines, count } = await this.#queue.logs(id, offset, offset + limit - 1);
    return { lines, total: count };
  }

  /**
   * Cancels a job, wherever it is. One that waits is removed; one that runs, also in another process, has its `signal`
   * aborted and fails for good.
   *
   * @param reason the job fails with it; of a longer one the first 500 characters
   * @throws {JobConflictError} for the next run of a schedule that has not begun: pause or remove the schedule instead
   */
  async cancel(id: string, reason = 'cancelled by request'): Promise<CancelOutcome> {
    if (!canBeJobId(id)) return 'not-found';
    // A job may be taken by a worker between the look and the removal: then look again.
    for (;;) {
      const state = await this.#queue.state(id);
      if (state === undefined) return 'not-found';
      if (state === 'completed' || state === 'failed') return 'finished';
      if (state === 'active') {
        const job = await this.#queue.get(id);
        if (!job) continue;
        await requestCancellation(this.#context.engine, { queue: this.name, reason }, job);
        return 'requested';
      }
      try {
        if (await this.#queue.remove(id)) return 'removed';
      } catch (error) {
        // A run of a schedule that a worker has taken meanwhile is no longer its next one.
        if (!(error instanceof JobConflictError && (await this.#queue.state(id)) !== state)) throw error;
      }
    }
  }

  /**
   * Waits for a job's end and gives its result.
   *
   * @param options `timeout` in ms, by default 30,000
   * @throws the job's own error when it failed: ours by class, others as {@link JobFailedError} with their message
   * @throws {WaitTimeoutError} when the time is over first, {@link JobNotFoundError} when there is no such job (any more),
   * {@link JobCancelledError} when it is removed meanwhile
   */
  async waitFor(id: string, options: { timeout?: number; signal?: AbortSignal } = {}): Promise<ResultOf<Q>> {
    const timeout = options.timeout ?? WAIT_TIMEOUT;
    if (!canBeJobId(id) || (await this.#queue.state(id)) === undefined) {
      throw new JobNotFoundError(`Queue "${this.name}" has no job "${id}"; finished jobs are kept for a limited time`);
    }
    const finished = await this.#queue.waitForFinish(id, timeout, options.signal);
    if (!finished)
      throw new WaitTimeoutError(`Job "${id}" of queue "${this.name}" had not finished after ${timeout} ms`);
    if (finished.state === 'completed') return toResult(this.definition, finished.value);
    throw toThrown(this.name, id, finished);
  }

  #added(id: string, addedId: string): AddedJob {
    const queue = this.name;
    const deduplicated = addedId !== id;
    if (!deduplicated) this.#context.events.emit('job:added', { queue, id });
    return { queue, id: addedId, deduplicated };
  }

  #newJob(id: string, input: CheckedInput, stored: StoredOptions, options: JobOptions | undefined): NewJob {
    const { definition } = this;
    const { tenant, rate } = input;
    const job = { id, data: input.stored, options: withRateKey(withTenant(definition, stored, tenant), rate) };
    const reuse = toReuse(definition, options, input);
    if (reuse) return { ...job, ...(definition.fair ? { tenant } : {}), reuse };
    return definition.fair ? { ...job, tenant } : job;
  }
}

/** A waiting job that has a priority is stored apart from those that have none, and after them. */
function storedStates(state: JobState): StoredState[] {
  return state === 'waiting' ? ['waiting', 'prioritized'] : [state];
}

/** What a failed job's error is given back as, by the name that its stored stack begins with. */
const THROWN_BY_NAME = new Map<string, (message: string) => JobsError>([
  // Its issues are lines of the message.
  ['JobDataError', (message) => new JobDataError(message, [])],
  ['JobResultError', (message) => new JobResultError(message, [])],
  ['JobTimeoutError', (message) => new JobTimeoutError(message)],
  ['JobCancelledError', (message) => new JobCancelledError(message)],
  ['PermanentError', (message) => new PermanentError(message)],
  ['WorkerDiedError', (message) => new WorkerDiedError(message)],
]);

function toThrown(queue: string, id: string, finished: Exclude<FinishedJob, { state: 'completed' }>): JobsError {
  if (finished.state === 'removed') return new JobCancelledError(`Job "${id}" of queue "${queue}" was removed`);
  if (finished.state === 'gone') {
    return new JobNotFoundError(
      `Queue "${queue}" has no job "${id}" any more: it was cleaned up, its queue was emptied, or the store has lost it`,
    );
  }
  const name = finished.trace?.match(/^\w+/)?.[0] ?? '';
  return THROWN_BY_NAME.get(name)?.(finished.reason) ?? new JobFailedError(finished.reason);
}
