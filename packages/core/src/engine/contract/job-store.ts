/** What adds jobs to one queue, and what changes those that are in it. */
import type { StoredOptions, StoredState } from './stored-job.js';

/** A job to add. `data` must survive JSON; an `id` that exists already adds nothing. */
export interface NewJob {
  readonly id: string;
  readonly data: unknown;
  readonly options: StoredOptions;
  /**
   * Of a fair queue, where tenants take turns: whose turn the job takes; empty for nobody's. The engine gives the job the
   * priority of that turn. Absent: the job has the priority of its options.
   */
  readonly tenant?: string;
  /** Absent: the job is added in any case. */
  readonly reuse?: Reuse;
}

/** Asks for an earlier job of the same key before one is added. Atomic over all processes. */
export interface Reuse {
  /** What equal jobs have in common. At most 64 characters. */
  readonly key: string;
  /** How long ago the earlier job may have completed, ms. One that waits or runs is taken too, a failed one never is. */
  readonly maxAge: number;
  /** For how long the store has to know the job by this key, ms from the last time that it was asked for. */
  readonly keptFor: number;
}

export interface JobStore {
  /** Adds a job and answers its id: that of the existing job where `deduplication` or `reuse` found one. */
  add(job: NewJob): Promise<string>;
  /**
   * Adds many, and answers their ids in the same order. Not one transaction: see `QueueHandle.addMany`. The turns of all
   * tenants are taken in one round trip, on the embedded store in one for each part, and are atomic over all processes.
   */
  addMany(jobs: readonly NewJob[]): Promise<string[]>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Removes all waiting and delayed jobs, and returns their number. Running jobs are left alone. */
  empty(): Promise<number>;
  /** Removes jobs of a state that are at least `olderThan` ms old, `limit` at most, and returns their number. */
  clean(state: StoredState, olderThan: number, limit: number): Promise<number>;
  /** Takes a failed or completed job back into the queue with all its attempts. False if it is in another state. */
  retry(id: string, from: 'failed' | 'completed'): Promise<boolean>;
  /** The same for many, looked at in one round trip. In the order of the ids. */
  retryMany(ids: readonly string[], from: 'failed' | 'completed'): Promise<boolean[]>;
  /** Runs a delayed job now. False if it is not delayed. */
  promote(id: string): Promise<boolean>;
  /**
   * False if there is no such job, or if it runs. Rejects with `JobConflictError` for the next run of a schedule, without
   * which the schedule would have none.
   */
  remove(id: string): Promise<boolean>;
}
