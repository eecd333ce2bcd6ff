/** What takes the jobs of one queue and runs their attempts. */
import type { Keep, StoredJob } from './stored-job.js';

/** So many starts in any window of `per` ms for the jobs of one key of a queue. */
export interface StartLimit {
  /** At most 512 bytes of UTF-8. */
  readonly key: string;
  /** Whether all jobs of the queue have this key. */
  readonly isShared: boolean;
  readonly max: number;
  /** ms */
  readonly per: number;
}

/**
 * What a running attempt can do to its job. What it writes is fenced: once a later attempt of the job has begun, or the
 * job is gone, nothing is written, and the answer is false.
 */
export interface ActiveJob {
  readonly job: StoredJob;
  /**
   * Whether the attempt surely holds the job's lock: known without asking the store. No longer so when the last renewal
   * that the store has confirmed is `lockDuration` old, as the process stood still or the store was away.
   */
  readonly isHeld: boolean;
  /** Asks the store whether the attempt still holds the lock. */
  confirmHeld(): Promise<boolean>;
  /** The fields that attempts of the job have saved; undefined when a later one has begun. */
  saved(): Promise<Readonly<Record<string, string>> | undefined>;
  /** Saves a field, which lives for `ttl` ms from now with all others of the job. Not for a completed job. */
  save(field: string, value: string, ttl: number): Promise<boolean>;
  /** Drops all that has been saved. */
  forget(): Promise<void>;
  progress(value: object | number | string | boolean): Promise<boolean>;
  /** Keeps lines on the job, in their order and in one step. */
  log(lines: readonly string[]): Promise<boolean>;
  /**
   * Of a fair queue: the job takes its tenant's next turn, as one that is added does, for when it is tried again. An empty
   * tenant is nobody's.
   */
  takeTurn(tenant: string): Promise<void>;
  /**
   * Takes a start of the limit, measured on the store's own clock, so that it is exact over all processes. Answers after
   * how many ms the attempt may begin: soon, and the start is its own. Else the job has left the worker. `parked`: it waits
   * in the line of its key, as a delayed job, and comes back to the front of the queue when it has a start; the waiting
   * jobs of keys that have none are put in line with it. `lost`: it is another worker's, or gone.
   */
  takeStart(limit: StartLimit): Promise<number | 'parked' | 'lost'>;
}

/** How an attempt ended, decided by the library and carried out by the engine. */
export type Outcome =
  | { readonly kind: 'completed'; readonly value: unknown }
  /** `permanent`: no other attempt, however many are left. */
  | { readonly kind: 'failed'; readonly error: Error; readonly permanent: boolean }
  /** Back to the delayed jobs without using up an attempt. */
  | { readonly kind: 'delayed'; readonly until: number }
  /**
   * Back to the front of the queue without using up an attempt: another worker takes it at once. `isDeath`: its worker has
   * crashed while it ran, which counts as if it had been killed.
   */
  | { readonly kind: 'released'; readonly isDeath: boolean }
  /** `takeStart` has put the job in line: nothing is to be written. */
  | { readonly kind: 'parked' }
  /** The job is another worker's, or gone: nothing is to be written. */
  | { readonly kind: 'lost' };

/**
 * What a worker reports. An end is reported once, when the store has it: it is written for as long as the job's lock may
 * live.
 */
export interface EngineWorkerListener {
  /** The job is stored as completed. */
  completed(active: ActiveJob): void;
  /** The attempt is stored as failed; `final` when no other one comes. */
  failed(active: ActiveJob, error: Error, final: boolean): void;
  /** A running attempt has lost its job's lock. */
  lost(active: ActiveJob): void;
  stalled(id: string): void;
  /** A lost connection, a lock that could not be renewed: the worker goes on by itself. */
  error(error: Error): void;
}

export interface EngineWorkerOptions {
  readonly concurrency: number;
  /** A job whose worker has not been heard of for this long goes to another worker. ms */
  readonly lockDuration: number;
  /** How often to look for such jobs. ms */
  readonly stalledInterval: number;
  readonly completed: Keep;
  readonly failed: Keep;
}

/** One queue's worker in this process. */
export interface EngineWorker {
  /** Resolves when the worker can take jobs. Waits for ever for the store. */
  ready(): Promise<void>;
  /** Takes no more jobs, waits for those that run, unless `force`, and closes the connections. */
  close(force?: boolean): Promise<void>;
}
