/** What an attempt keeps in the store while it runs, fenced: an attempt after which another one has begun writes nothing. */

/** Which attempt of which job. */
export interface AttemptRef {
  readonly id: string;
  /** BullMQ's `attemptsStarted`, which grows with each start of the job and with nothing else. */
  readonly started: number;
  /** The job's `timestamp`, which tells it from a removed one of the same id. */
  readonly addedAt: number;
}

/** The writes of one queue's attempts. Each is one round trip, and atomic with the look at the job that it needs. */
export interface AttemptStore {
  /** What attempts of the job have saved; undefined when a later one has begun, or the job is gone. */
  saved(attempt: AttemptRef): Promise<Record<string, string> | undefined>;
  /**
   * Saves a field for `ttl` ms, and drops what a removed job of the same id has left. False when it has not, as a later
   * attempt has begun, or the job is completed or gone.
   */
  save(attempt: AttemptRef, field: string, value: string, ttl: number): Promise<boolean>;
  /** Drops all that the job's attempts have saved, if it has completed and no later one has begun, or the job is gone. */
  forget(attempt: AttemptRef): Promise<void>;
  /** `progress` is JSON. False when it has not been kept, as for {@link save}. */
  progress(attempt: AttemptRef, progress: string): Promise<boolean>;
  /** Keeps lines, of `keep` at most. False as for {@link save}. */
  log(attempt: AttemptRef, lines: readonly string[], keep: number): Promise<boolean>;
  /** Counts a death of the attempt's worker, unless a later attempt has begun. */
  countDeath(attempt: AttemptRef): Promise<void>;
  /** Takes a lock that has run out again, if nobody else has done anything with the job since. */
  reclaim(attempt: AttemptRef, token: string, lockDuration: number): Promise<boolean>;
}

/** The field that names the job to which all others belong. Those of steps and cursors have a colon. */
export const LIFE = 'life';
