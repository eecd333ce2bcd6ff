/** What a store keeps of a job. */

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
  /**
   * By what its rate is limited, as was decided when it was added: by it a store finds the waiting jobs whose limit is
   * reached. Absent where that could not be told, or where all jobs of the queue share one limit.
   */
  readonly rate?: string;
}

/** What a run of a schedule carries: which one, and by which version of it. */
export interface ScheduledRun {
  readonly key: string;
  readonly fingerprint: string;
  /**
   * Whether the run before must have ended, of a run that is to start however late it is. Absent where more has to be known of
   * its schedule, and for what an older release has planned.
   */
  readonly overlap?: 'skip' | 'allow';
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
  /** What they were when the job was last retried by hand: they are never set back. */
  readonly bizinsightsRetried?: readonly [attemptsStarted: number, stalledCounter: number];
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
