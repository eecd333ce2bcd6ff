/** What a store keeps of a job: what is added, what is found again, and what is told of it. */
import type { Rhythm } from './recurrence.js';

/** The states in which a stored job can be. `prioritized` is a waiting job that has a priority. */
export type StoredState =
  | 'waiting'
  | 'prioritized'
  | 'delayed'
  | 'active'
  | 'completed'
  | 'failed'
  | 'waiting-children';

/** Wait before the next attempt: `exponential` doubles `delay` each time; `jitter` (0 to 1) takes a random part off. */
export interface Backoff {
  readonly type: 'fixed' | 'exponential';
  /** ms */
  readonly delay: number;
  readonly jitter?: number;
}

/** How long finished jobs are kept: `age` in seconds (as BullMQ counts it), a number of jobs, or for ever (false). */
export type Keep = { readonly age: number; readonly count?: number } | { readonly count: number } | false;

/** What we keep in a job's options beside BullMQ's own. */
export interface OwnOptions {
  /** Time limit of an attempt, ms. */
  readonly timeout?: number;
  /** Version of the payload; absent means 1. */
  readonly version?: number;
  /** Of a run of a schedule. */
  readonly schedule?: ScheduledRun;
  /** Whose job it is, as was decided when it was added; empty for nobody's. Absent in a queue without tenants. */
  readonly tenant?: string;
}

/** What a run of a schedule carries: which one, and by which version of it. */
export interface ScheduledRun {
  readonly key: string;
  readonly fingerprint: string;
  /** When it was due, epoch ms; absent for one that was asked for by hand. The run that the store plans has it in its id. */
  readonly slot?: number;
}

/** Options of a stored job, in BullMQ's words. */
export interface StoredOptions {
  readonly attempts?: number;
  readonly backoff?: Backoff;
  readonly delay?: number;
  readonly priority?: number;
  readonly removeOnComplete?: Keep;
  readonly removeOnFail?: Keep;
  readonly deduplication?: { readonly id: string; readonly ttl?: number };
  readonly bizinsights?: OwnOptions;
}

/** A job to add. `data` must survive JSON; an `id` that exists already adds nothing. */
export interface NewJob {
  readonly id: string;
  readonly data: unknown;
  readonly options: StoredOptions;
}

/** A stored job. BullMQ's `Job` has this shape, so that no copy is made on the way to a processor. */
export interface StoredJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly data: unknown;
  readonly opts: object;
  readonly timestamp: number;
  readonly delay: number;
  readonly priority: number;
  readonly progress: unknown;
  readonly attemptsMade: number;
  readonly attemptsStarted: number;
  readonly stalledCounter: number;
  readonly processedOn?: number | undefined;
  readonly finishedOn?: number | undefined;
  readonly failedReason: string;
  readonly stacktrace: string[] | null;
  readonly returnvalue: unknown;
  readonly processedBy?: string | undefined;
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

/** What happened to a job, as the store tells all processes. */
export interface QueueEvent {
  /** The store's own, by which a listener can go on later. */
  readonly id: string;
  readonly kind:
    | 'added'
    | 'waiting'
    | 'active'
    | 'delayed'
    | 'progress'
    | 'completed'
    | 'failed'
    | 'stalled'
    | 'removed';
  readonly jobId: string;
  readonly failedReason?: string;
  readonly progress?: unknown;
}

/** What makes the runs of a schedule: each run plans the next one when a worker takes it. */
export interface RunPlan {
  readonly key: string;
  readonly rhythm: Rhythm;
  readonly data: unknown;
  readonly options: StoredOptions;
}

/** The next run of a schedule as the store has it. */
export interface PlannedRun {
  /** Its slot, epoch ms. */
  readonly at: number;
  /** It waits, is delayed or runs. When it has ended or is gone, no other one comes by itself: the chain is broken. */
  readonly isLive: boolean;
}

/** The key of a schedule that ends as a run's id does, or as what is kept beside a run; or as one that is marked. */
const LIKE_A_RUN = /:\d{13}(:[a-z]+)?$|~$/;

/**
 * What BullMQ knows a schedule by. On Redis it keeps the plan of `daily` at `repeat:daily`, and its run at
 * `repeat:daily:1764356400000`: a schedule whose key is `daily:1764356400000` is marked, so that its plan is another one.
 */
export function plannerId(key: string): string {
  return LIKE_A_RUN.test(key) ? `${key}~` : key;
}

/** The key of the schedule that BullMQ knows by {@link plannerId}. */
export function keyOfPlanner(planner: string): string {
  return planner.endsWith('~') ? planner.slice(0, -1) : planner;
}

/** The id of a planned run: BullMQ's own form. */
export function plannedRunId(planner: string, slot: number): string {
  return `repeat:${planner}:${slot}`;
}

/** The id of a schedule's run. */
export function runId(key: string, slot: number): string {
  return plannedRunId(plannerId(key), slot);
}

/** What there still is of the events behind one. `unknown`: its id is none that the queue has given. */
export type EventsKept = 'all' | 'some' | 'unknown';
