/** What reads the jobs of one queue, and changes nothing. */
import type { StoredJob, StoredState } from './stored-job.js';

/** So many priorities have a head: a queue seldom has more, and each may be a way to the store and back. */
export const PRIORITIES_LOOKED_AT = 20;

/** A job as it was found, with the state that it was in at that moment. */
export interface FoundJob extends StoredJob {
  readonly state: StoredState;
}

/** The texts of a stored job, as a search reads them by the thousand. */
export interface JobText {
  readonly id: string;
  /** JSON */
  readonly data: string;
  /** Of the last attempt that failed; empty without one. */
  readonly failedReason: string;
  /** When it was added, epoch ms. */
  readonly timestamp: number;
  /** The options of the job. */
  readonly opts: object;
}

/** The numbers of one queue. Waiting jobs of a paused queue count as paused, prioritized ones as waiting. */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  readonly delayed: number;
  readonly paused: number;
  readonly isPaused: boolean;
}

/**
 * How a job ended. `value` is what the processor returned; `trace` starts with the error's class name. `removed`: the store
 * has reported that somebody has taken it away. `gone`: it is not there, and nothing says why: it was cleaned up, its
 * queue was emptied, or the store has lost it.
 */
export type FinishedJob =
  | { readonly state: 'completed'; readonly value: unknown }
  | { readonly state: 'failed'; readonly reason: string; readonly trace?: string }
  | { readonly state: 'removed' }
  | { readonly state: 'gone' };

export interface JobReader {
  get(id: string): Promise<StoredJob | undefined>;
  state(id: string): Promise<StoredState | undefined>;
  /** Jobs of a state, `start` to `end` (inclusive; -1 is the end of all), in the order of the state's own list. */
  list(state: StoredState, start: number, end: number, ascending: boolean): Promise<StoredJob[]>;
  counts(): Promise<QueueCounts>;
  /** Ids of a state, in the order of {@link list}: for walking over many jobs without reading them. */
  ids(state: StoredState, start: number, end: number, ascending: boolean): Promise<string[]>;
  /**
   * Jobs by their ids, in one round trip and in the order of the ids; undefined for each that is gone. Each job and its
   * state are of one moment.
   */
  getMany(ids: readonly string[]): Promise<(FoundJob | undefined)[]>;
  /**
   * How many bytes reading each job brings, in one round trip: its data, progress, result, error and stacks. 0 for one
   * that is gone. It reads none of them.
   */
  sizes(ids: readonly string[]): Promise<number[]>;
  /** Texts of jobs by their ids, in one round trip; without those that are gone. */
  texts(ids: readonly string[]): Promise<JobText[]>;
  /**
   * Ids of the jobs that may have waited longest: the oldest one without a priority, and the oldest one of each priority,
   * the {@link PRIORITIES_LOOKED_AT} most urgent ones.
   */
  waitingHeads(): Promise<string[]>;
  /** How many jobs are in a state. */
  length(state: StoredState): Promise<number>;
  logs(id: string, start: number, end: number): Promise<{ readonly lines: string[]; readonly count: number }>;
  /** Waits for the end of a job; undefined when `timeout` ms are over. Rejects `signal`'s reason when it aborts. */
  waitForFinish(id: string, timeout: number, signal?: AbortSignal): Promise<FinishedJob | undefined>;
}
