/** One queue on BullMQ: the same for Redis, PostgreSQL and the embedded store. */

import { type IQueueBackend, Job, QueueEvents } from 'bullmq';
import { defined } from '../../defined.js';
import {
  type EngineQueue,
  type FinishedJob,
  type FoundJob,
  type JobText,
  type NewJob,
  type PlannedRun,
  plannerId,
  type QueueCounts,
  type RunPlan,
  type StoredJob,
  type StoredState,
} from '../contract.js';
import { BullAdding, type BullAddingOptions } from './adding.js';
import type { BullConnection } from './backend.js';
import { BullClient, type BullClientOptions, type BullMqQueue } from './client.js';
import { endEvents } from './events.js';
import { canNameOther } from './keys.js';
import { planRuns, removeRun, writeRun } from './runs.js';
import { SQL_EVENT_LOOK, waitForEnd } from './wait.js';

/** What an engine on BullMQ makes its queues with. */
export interface BullQueueOptions extends BullClientOptions, BullAddingOptions {
  /** For the listener to the queue's events, which waits for ever. */
  readonly eventsConnection: () => BullConnection;
}

/** Runs that are planned at once: more would fill the memory, fewer the time. */
const PLANNED_AT_ONCE = 1_000;

type BullMqEvents = QueueEvents<unknown, IQueueBackend>;

/** Jobs that are removed in one step: meanwhile Redis serves no other client, and PostgreSQL locks them. */
const BATCH = 500;

/** Where jobs are that have not begun. */
const PENDING = ['waiting', 'prioritized', 'delayed'] as const;

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
  readonly #client: BullClient;
  readonly #adding: BullAdding;
  #events: BullMqEvents | undefined;
  #openingEvents: Promise<BullMqEvents> | undefined;

  constructor(options: BullQueueOptions) {
    this.name = options.name;
    this.#options = options;
    this.#client = new BullClient(options);
    this.#adding = new BullAdding(options, this.#client);
  }

  add(job: NewJob): Promise<string> {
    return this.#adding.add(job);
  }

  addMany(jobs: readonly NewJob[]): Promise<string[]> {
    return this.#adding.addMany(jobs);
  }

  get(id: string): Promise<StoredJob | undefined> {
    return this.#client.run((queue) => findJob(queue, id));
  }

  state(id: string): Promise<StoredState | undefined> {
    return this.#client.run(async (queue) => {
      const state = await queue.getJobState(id);
      return state === 'unknown' ? undefined : state;
    });
  }

  async list(state: StoredState, start: number, end: number, ascending: boolean): Promise<StoredJob[]> {
    const jobs = await this.getMany(await this.ids(state, start, end, ascending));
    // A job that ended between the look at the list and the look at the job may be gone.
    return jobs.filter((job) => job !== undefined);
  }

  async ids(state: StoredState, start: number, end: number, ascending: boolean): Promise<string[]> {
    const { store } = this.#options;
    if (store.ids) return store.ids(state, start, end, ascending);
    return this.#client.run(async (queue) => {
      const ids = await queue.getRanges([LIST_NAMES[state]], start, end, ascending);
      // BullMQ 4 and older put a marker into the list.
      return ids.filter((id) => !id.startsWith('0:'));
    });
  }

  async getMany(ids: readonly string[]): Promise<(FoundJob | undefined)[]> {
    if (ids.length === 0) return [];
    return this.#client.run(async (queue) => {
      const found = await this.#options.store.jobs(ids);
      return found.map((one) => one && Object.assign(Job.fromJSON(queue, one.json), { state: one.state }));
    });
  }

  sizes(ids: readonly string[]): Promise<number[]> {
    return this.#options.store.sizes(ids);
  }

  texts(ids: readonly string[]): Promise<JobText[]> {
    return this.#options.store.texts(ids);
  }

  counts(): Promise<QueueCounts> {
    return this.#options.store.counts();
  }

  async length(state: StoredState): Promise<number> {
    const { store } = this.#options;
    if (store.length) return store.length(state);
    return this.#client.run(async (queue) => {
      const { [LIST_NAMES[state]]: count = 0 } = await queue.getJobCounts(LIST_NAMES[state]);
      return count;
    });
  }

  pause(): Promise<void> {
    return this.#client.run((queue) => queue.pause());
  }

  resume(): Promise<void> {
    return this.#client.run((queue) => queue.resume());
  }

  empty(): Promise<number> {
    return this.#client.run(async (queue) => {
      const before = await this.#options.store.counts();
      await this.#removeLong(queue);
      await queue.drain(true);
      const after = await this.#options.store.counts();
      return Math.max(0, pending(before) - pending(after));
    });
  }

  clean(state: StoredState, olderThan: number, limit: number): Promise<number> {
    return this.#client.run(async (queue) => {
      // BullMQ cleans no such jobs.
      if (state === 'waiting-children') return 0;
      let removed = 0;
      while (removed < limit) {
        const batch = Math.min(this.#options.batch ?? BATCH, limit - removed);
        const some = await this.#removeSome(queue, state, olderThan, batch);
        removed += some;
        if (some < batch) break;
      }
      return removed;
    });
  }

  async retry(id: string, from: 'failed' | 'completed'): Promise<boolean> {
    const [moved = false] = await this.retryMany([id], from);
    return moved;
  }

  async retryMany(ids: readonly string[], from: 'failed' | 'completed'): Promise<boolean[]> {
    if (ids.length === 0) return [];
    return this.#client.run(async (queue) => {
      const { store } = this.#options;
      const [found] = await Promise.all([store.jobs(ids), store.noteRetry(ids, from)]);
      return Promise.all(
        found.map(async (one) => {
          if (one?.state !== from) return false;
          const job = Job.fromJSON(queue, one.json);
          return this.#moved(job, from, () => job.retry(from, { resetAttemptsMade: true }));
        }),
      );
    });
  }

  promote(id: string): Promise<boolean> {
    return this.#client.run(async (queue) => {
      const job = await findJob(queue, id);
      if (!job || (await job.getState()) !== 'delayed') return false;
      return this.#moved(job, 'delayed', () => job.promote());
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#client.run(async (queue) => {
      // On Redis a job that is not there counts as removed.
      if ((await queue.getJobState(id)) === 'unknown') return false;
      const removed = await removeRun(queue, this.#options.store.runs, id);
      if (removed) await this.#options.store.reportRemoved?.(id);
      return removed;
    });
  }

  logs(id: string, start: number, end: number): Promise<{ lines: string[]; count: number }> {
    return this.#client.run(async (queue) => {
      // Undefined where Redis keeps something else under that key: of the job `de` at `de:logs` a deduplication key.
      const { logs = [], count = 0 } = await queue.getJobLogs(id, start, end, true);
      return { lines: logs, count };
    });
  }

  async waitForFinish(id: string, timeout: number, signal?: AbortSignal): Promise<FinishedJob | undefined> {
    if (!this.#client.usable()) await this.#client.open();
    const look = () => this.#client.run((queue) => this.#finished(queue, id));
    const { isSql } = this.#options;
    return await waitForEnd({ id, timeout, signal, events: await this.#openEvents(), isSql, look });
  }

  waitingHeads(): Promise<string[]> {
    return this.#options.store.waitingHeads();
  }

  plannedRuns(keys: readonly string[]): Promise<(PlannedRun | undefined)[]> {
    return this.#client.run(() => this.#options.store.runs.planned(keys.map(plannerId)));
  }

  async planRuns(plans: readonly RunPlan[]): Promise<void> {
    const {
      store: { runs },
      batch: size = PLANNED_AT_ONCE,
    } = this.#options;
    for (let start = 0; start < plans.length; start += size) {
      const batch = plans.slice(start, start + size).map(forPlanner);
      await this.#client.run(() =>
        planRuns(
          batch,
          (written) => runs.plan(written),
          (keys) => this.#unplan(keys),
        ),
      );
    }
  }

  refreshRuns(plans: readonly (RunPlan & { readonly at: number })[]): Promise<boolean[]> {
    const now = Date.now();
    return this.#client.run(() =>
      this.#options.store.runs.refresh(plans.map((plan) => writeRun(forPlanner(plan), plan.at, now))),
    );
  }

  unplanRuns(keys: readonly string[]): Promise<void> {
    return this.#unplan(keys.map(plannerId));
  }

  async #unplan(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += PLANNED_AT_ONCE) {
      await this.#client.run(async (queue) => {
        const backend = queue.getBackend();
        await Promise.all(keys.slice(start, start + PLANNED_AT_ONCE).map((key) => backend.removeJobScheduler(key)));
      });
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#closeEvents(), this.#client.close()]);
  }

  async #closeEvents(): Promise<void> {
    if (!this.#events) return;
    // BullMQ's listener on PostgreSQL takes its connection as soon as it is ready, also when it has been closed
    // meanwhile: nobody would give that one back.
    if (this.#options.isSql) await this.#events.waitUntilReady().catch(() => undefined);
    await endEvents(this.#events);
  }

  async #finished(queue: BullMqQueue, id: string): Promise<FinishedJob | undefined> {
    const job = await findJob(queue, id);
    if (!job) return { state: 'gone' };
    if (!job.finishedOn) return undefined;
    const state = await job.getState();
    if (state === 'completed') return { state, value: job.returnvalue };
    if (state !== 'failed') return undefined;
    const trace = job.stacktrace?.at(-1);
    return { state, reason: job.failedReason, ...defined({ trace }) };
  }

  /**
   * Removes most of what waits, in steps: BullMQ's own emptying removes all jobs in one script or statement, for which others
   * wait. What comes meanwhile may stay, so that it ends also where jobs are added faster.
   */
  async #removeLong(queue: BullMqQueue): Promise<void> {
    const size = this.#options.batch ?? BATCH;
    for (const state of PENDING) {
      for (let left = await this.length(state); left > size; left -= size) {
        // The others are runs of schedules, which stay.
        if ((await this.#removeSome(queue, state, 0, size)) === 0) break;
      }
    }
  }

  async #removeSome(
    queue: BullMqQueue,
    state: Exclude<StoredState, 'waiting-children'>,
    olderThan: number,
    count: number,
  ): Promise<number> {
    const removed = (await this.#options.store.removeSome?.(state, Date.now() - olderThan, count)) ?? 0;
    if (removed === count) return removed;
    return removed + (await queue.clean(olderThan, count - removed, LIST_NAMES[state])).length;
  }

  async #moved(job: Job, from: string, move: () => Promise<void>): Promise<boolean> {
    try {
      await move();
      return true;
    } catch (error) {
      // Somebody else moved it between our look and our move: BullMQ throws, and the answer is no.
      if ((await job.getState()) !== from) return false;
      throw error;
    }
  }

  /** Begins to listen, as soon as there is a connection, to what happens from now on. */
  #openEvents(): Promise<BullMqEvents> {
    this.#openingEvents ??= this.#options.store.lastEventId().then((lastEventId) => {
      const { eventsConnection, prefix, backend, isSql, onError } = this.#options;
      const blockingTimeout = isSql ? SQL_EVENT_LOOK : undefined;
      const options = { connection: eventsConnection(), prefix, lastEventId, ...defined({ blockingTimeout }) };
      const events = new QueueEvents(this.name, options, backend);
      this.#events = events;
      events.on('error', onError);
      // One listener a waiting caller is no leak.
      events.setMaxListeners(0);
      return events;
    });
    // A failed opening is tried again by the next caller.
    this.#openingEvents.catch(() => {
      this.#openingEvents = undefined;
    });
    return this.#openingEvents;
  }
}

function forPlanner(plan: RunPlan): RunPlan {
  return { ...plan, key: plannerId(plan.key) };
}

async function findJob(queue: BullMqQueue, id: string): Promise<Job | undefined> {
  try {
    return await queue.getJob(id);
  } catch (error) {
    if (canNameOther(id) && error instanceof Error && error.message.startsWith('WRONGTYPE ')) return undefined;
    throw error;
  }
}

function pending({ waiting, paused, delayed }: QueueCounts): number {
  return waiting + paused + delayed;
}
