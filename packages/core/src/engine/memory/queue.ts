/** One queue in memory: the operations of `EngineQueue`, with BullMQ's meaning of each. */

import { JobDataError } from '../../errors.js';
import {
  type EngineQueue,
  type FinishedJob,
  type FoundJob,
  type JobText,
  type NewJob,
  type PlannedRun,
  PRIORITIES_LOOKED_AT,
  type QueueCounts,
  type RunPlan,
  runId,
  type StoredJob,
  type StoredState,
} from '../contract.js';
import { depthProblem, TOO_DEEP } from '../json-depth.js';
import { nextRunConflict } from '../next-run.js';
import { DeduplicationKeys } from './deduplication-keys.js';
import type { Tell } from './events.js';
import { FairRounds } from './fair-rounds.js';
import { MemoryJob } from './job.js';
import { MemoryJobs } from './jobs.js';
import { ReusableJobs } from './reuse.js';
import { MemoryRuns } from './runs.js';
import { MemoryEnds } from './wait.js';

/** What a queue is made with. */
export interface MemoryQueueOptions {
  readonly name: string;
  readonly now: () => number;
  /** Throws when the engine has been closed. */
  readonly assertOpen: () => void;
  readonly tell: Tell;
  readonly onAdded: (job: MemoryJob) => void;
  /** A job may have become due: workers look. */
  readonly onReady: () => void;
}

export class MemoryQueue implements EngineQueue {
  readonly name: string;
  /** For workers, which take jobs and end them. */
  readonly jobs: MemoryJobs;
  /** For workers, which tell of progress. */
  readonly tell: Tell;
  readonly #options: MemoryQueueOptions;
  readonly #keys: DeduplicationKeys;
  readonly #reusable: ReusableJobs;
  readonly #fair = new FairRounds();
  readonly #runs: MemoryRuns;
  readonly #ends = new MemoryEnds();

  constructor(options: MemoryQueueOptions) {
    this.name = options.name;
    this.tell = options.tell;
    this.jobs = new MemoryJobs(options.now, this.tell, (job) => this.#runs.taken(job));
    this.#runs = new MemoryRuns({
      now: options.now,
      find: (id) => this.jobs.get(id),
      add: ({ key, data, options: own }, slot) => {
        const delay = Math.max(0, slot - options.now());
        this.#add({ id: runId(key, slot), data, options: { ...own, delay } }, this.#toJson(data));
      },
      remove: (job) => this.#remove(job),
    });
    this.#keys = new DeduplicationKeys(options.now);
    this.#reusable = new ReusableJobs(options.now, (id) => this.jobs.get(id));
    this.#options = options;
  }

  async add(job: NewJob): Promise<string> {
    this.#options.assertOpen();
    const data = this.#toJson(job.data);
    const [turned = job] = this.#withTurns([job]);
    return this.#add(turned, data);
  }

  async addMany(jobs: readonly NewJob[]): Promise<string[]> {
    this.#options.assertOpen();
    // All or none, as far as the data is concerned.
    const texts = jobs.map(({ data }) => this.#toJson(data));
    return this.#withTurns(jobs).map((job, index) => this.#add(job, texts[index] ?? '{}'));
  }

  async get(id: string): Promise<StoredJob | undefined> {
    return this.#open().get(id)?.snapshot();
  }

  async state(id: string): Promise<StoredState | undefined> {
    const state = this.#open().get(id)?.state;
    return state === 'removed' ? undefined : state;
  }

  async list(state: StoredState, start: number, end: number, ascending: boolean): Promise<StoredJob[]> {
    return this.#range(state, start, end, ascending).map((job) => job.snapshot());
  }

  async ids(state: StoredState, start: number, end: number, ascending: boolean): Promise<string[]> {
    return this.#range(state, start, end, ascending).map(({ id }) => id);
  }

  async waitingHeads(): Promise<string[]> {
    const jobs = this.#open();
    const heads = new Map<number, string>();
    for (const { id, priority } of [...jobs.list('waiting').jobs, ...jobs.list('prioritized').jobs]) {
      if (!heads.has(priority)) heads.set(priority, id);
    }
    return [...heads.values()].slice(0, PRIORITIES_LOOKED_AT + 1);
  }

  async getMany(ids: readonly string[]): Promise<(FoundJob | undefined)[]> {
    const jobs = this.#open();
    return ids.map((id) => {
      const job = jobs.get(id);
      return job && job.state !== 'removed' ? { ...job.snapshot(), state: job.state } : undefined;
    });
  }

  async sizes(ids: readonly string[]): Promise<number[]> {
    const jobs = this.#open();
    return ids.map((id) => jobs.get(id)?.size ?? 0);
  }

  async texts(ids: readonly string[]): Promise<JobText[]> {
    const jobs = await this.getMany(ids);
    return jobs.flatMap((job) =>
      job?.id === undefined
        ? []
        : [
            {
              id: job.id,
              data: JSON.stringify(job.data),
              failedReason: job.failedReason,
              timestamp: job.timestamp,
              opts: job.opts,
            },
          ],
    );
  }

  async counts(): Promise<QueueCounts> {
    const jobs = this.#open();
    const { isPaused } = jobs;
    const of = (state: StoredState) => jobs.list(state).length;
    const ready = of('waiting') + of('prioritized');
    return {
      waiting: isPaused ? 0 : ready,
      active: of('active'),
      completed: of('completed'),
      failed: of('failed'),
      delayed: of('delayed'),
      paused: isPaused ? ready : 0,
      isPaused,
    };
  }

  async length(state: StoredState): Promise<number> {
    return this.#open().list(state).length;
  }

  async pause(): Promise<void> {
    this.#open().isPaused = true;
  }

  async resume(): Promise<void> {
    this.#open().isPaused = false;
    this.#options.onReady();
  }

  async empty(): Promise<number> {
    const store = this.#open();
    const all = (['waiting', 'prioritized', 'delayed'] as const).flatMap((state) => store.list(state).jobs);
    // As BullMQ: the next run of a schedule is not the queue's to give up.
    const jobs = all.filter((job) => !this.#runs.isPlanned(job));
    for (const job of jobs) this.#remove(job, 'gone');
    return jobs.length;
  }

  async clean(state: StoredState, olderThan: number, limit: number): Promise<number> {
    const store = this.#open();
    // BullMQ cleans no job that a worker holds, and none that waits for others.
    if (state === 'active' || state === 'waiting-children') return 0;
    const latest = this.#options.now() - olderThan;
    const old = store.list(state).jobs.filter((job) => bornAt(job, state) <= latest && !this.#runs.isPlanned(job));
    const chosen = old.slice(0, limit);
    for (const job of chosen) this.#remove(job, 'gone');
    return chosen.length;
  }

  async retry(id: string, from: 'failed' | 'completed'): Promise<boolean> {
    const job = this.#open().get(id);
    if (job?.state !== from) return false;
    job.options = { ...job.options, bizinsightsRetried: [job.attemptsStarted, job.stalledCounter] };
    job.attemptsMade = 0;
    job.processedOn = undefined;
    job.finishedOn = undefined;
    if (from === 'failed') job.failedReason = '';
    else job.returnvalue = null;
    this.jobs.enqueue(job);
    this.#options.onReady();
    return true;
  }

  retryMany(ids: readonly string[], from: 'failed' | 'completed'): Promise<boolean[]> {
    return Promise.all(ids.map((id) => this.retry(id, from)));
  }

  async promote(id: string): Promise<boolean> {
    const job = this.#open().get(id);
    if (job?.state !== 'delayed') return false;
    this.jobs.promote(job);
    this.#options.onReady();
    return true;
  }

  async remove(id: string): Promise<boolean> {
    const job = this.#open().get(id);
    if (!job || job.state === 'active') return false;
    const isOver = job.state === 'completed' || job.state === 'failed';
    if (!isOver && this.#runs.isPlanned(job)) {
      throw nextRunConflict(this.name, id, job.options.bizinsights?.schedule?.key ?? '');
    }
    this.#remove(job);
    return true;
  }

  async logs(id: string, start: number, end: number): Promise<{ lines: string[]; count: number }> {
    const logs = this.#open().get(id)?.logs ?? [];
    return { lines: slice(logs, start, end), count: logs.length };
  }

  async waitForFinish(id: string, timeout: number, signal?: AbortSignal): Promise<FinishedJob | undefined> {
    const job = this.#open().get(id);
    return job ? await this.#ends.wait(job, timeout, signal) : { state: 'gone' };
  }

  /** The turns of tenants, as priorities: for jobs that are added, and for attempts that come back. */
  takeTurns(tenants: readonly string[]): number[] {
    const jobs = this.#open();
    const [active, prioritized, delayed] = [jobs.list('active'), jobs.list('prioritized'), jobs.list('delayed')];
    return this.#fair.take(tenants, {
      newestActive: active.last?.priority,
      next: prioritized.firstRank,
      hasDelayed: delayed.length > 0,
      lower: (by) => {
        const lower = (priority: number) => Math.max(1, priority - by);
        prioritized.rerank(lower);
        for (const list of [prioritized, active, delayed]) {
          for (const job of list.jobs) job.priority = lower(job.priority);
        }
      },
    });
  }

  async plannedRuns(keys: readonly string[]): Promise<(PlannedRun | undefined)[]> {
    this.#options.assertOpen();
    return keys.map((key) => this.#runs.planned(key));
  }

  async planRuns(plans: readonly RunPlan[]): Promise<void> {
    this.#options.assertOpen();
    for (const plan of plans) this.#runs.plan(plan);
  }

  async refreshRuns(plans: readonly (RunPlan & { readonly at: number })[]): Promise<boolean[]> {
    this.#options.assertOpen();
    return plans.map((plan) => this.#runs.refresh(plan, plan.at));
  }

  async unplanRuns(keys: readonly string[]): Promise<void> {
    this.#options.assertOpen();
    for (const key of keys) this.#runs.unplan(key);
  }

  /** When the next delayed job is due that is no run of a schedule: those never come to an end. */
  get nextDue(): number | undefined {
    return this.jobs.list('delayed').firstRankOf((job) => !this.#runs.isPlanned(job));
  }

  async close(): Promise<void> {
    this.#ends.close();
  }

  /** A job has ended: its key is free, and who waits for it hears of it. */
  ended(job: MemoryJob): void {
    this.#keys.jobEnded(job.options.deduplication?.id, job.id);
    this.#ends.tell(job);
  }

  /** As if nothing had ever been added. */
  clear(): void {
    this.#keys.clear();
    this.#reusable.clear();
    this.#fair.clear();
    this.#runs.clear();
    for (const job of this.jobs.clear()) this.#ends.tell(job);
  }

  /** Jobs of tenants with the priorities of their turns. */
  #withTurns(jobs: readonly NewJob[]): readonly NewJob[] {
    const tenants = jobs.flatMap(({ tenant }) => (tenant === undefined ? [] : [tenant]));
    if (tenants.length === 0) return jobs;
    const turns = this.takeTurns(tenants);
    return jobs.map((job) => {
      const priority = job.tenant === undefined ? undefined : turns.shift();
      return priority === undefined ? job : { ...job, options: { ...job.options, priority } };
    });
  }

  #add({ id, options, reuse }: NewJob, data: string): string {
    if (this.jobs.get(id)) return id;
    const reused = reuse && this.#reusable.take(reuse, id);
    if (reused !== undefined) return reused;
    if (options.deduplication) {
      const { id: key, ttl } = options.deduplication;
      const holder = this.#keys.take(key, id, ttl, (other) => this.jobs.get(other) !== undefined);
      if (holder !== undefined) return holder;
    }
    const job = new MemoryJob({ id, queue: this.name, data, options, timestamp: this.#options.now() });
    this.jobs.add(job);
    this.#options.onAdded(job);
    this.#options.onReady();
    return id;
  }

  #open(): MemoryJobs {
    this.#options.assertOpen();
    return this.jobs;
  }

  #range(state: StoredState, start: number, end: number, ascending: boolean): MemoryJob[] {
    const { jobs } = this.#open().list(state);
    return slice(ascending ? jobs : jobs.reverse(), start, end);
  }

  /** As in BullMQ, what is emptied or cleaned up is not reported one by one. */
  #remove(job: MemoryJob, state: 'removed' | 'gone' = 'removed'): void {
    this.#ends.removed(job, state);
    this.jobs.remove(job);
    this.#keys.jobRemoved(job.options.deduplication?.id, job.id);
    this.#ends.tell(job);
  }

  #toJson(data: unknown): string {
    try {
      const text = JSON.stringify(data) ?? '{}';
      const problem = depthProblem(text);
      if (problem) throw new RangeError(problem);
      return text;
    } catch (error) {
      const reason = error instanceof RangeError ? TOO_DEEP : String(error);
      throw new JobDataError(`Data for queue "${this.name}" can't be stored: ${reason}`, [], { cause: error });
    }
  }
}

/** `end` is inclusive; -1 is the last one. */
function slice<T>(items: readonly T[], start: number, end: number): T[] {
  return items.slice(start, end === -1 ? undefined : end + 1);
}

/** From when BullMQ counts the age of a job in a state. */
function bornAt(job: MemoryJob, state: StoredState): number {
  if (state === 'prioritized') return job.timestamp;
  if (state === 'delayed') return job.processedOn ?? job.timestamp;
  return job.finishedOn ?? job.processedOn ?? job.timestamp;
}
