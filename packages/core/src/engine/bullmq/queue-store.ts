/** What BullMQ can't do with one queue on a store, or not in one round trip. Each store implements it once. */
import type { JobJson } from 'bullmq';
import type { JobReader, JobText, QueueCounts, Reuse, StartLimit, StoredState } from '../contract.js';
import type { AttemptRef } from './attempt-store.js';
import type { WrittenJob } from './job-json.js';
import type { RunStore } from './runs.js';

/** A job in BullMQ's own form, with the state that it was in at that moment. */
export interface FoundJson {
  readonly json: JobJson;
  readonly state: StoredState;
}

/** Asks for an earlier job, and claims the key for the job `id` where there is none. */
export interface ReuseClaim extends Reuse {
  readonly id: string;
}

/** A job that a worker has taken, and that asks for a start of its rate limit. */
export interface StartRequest {
  readonly attempt: AttemptRef;
  /** Of the attempt's lock. */
  readonly token: string;
  readonly limit: StartLimit;
  /** How many jobs the worker runs at a time: so many are brought to the front of the queue at once. */
  readonly concurrency: number;
}

/** The job to answer: it is there, or has to be added. */
export interface ClaimedJob {
  readonly id: string;
  readonly exists: boolean;
}

/** See {@link JobReader} for what its methods of the same names promise. */
export interface QueueStore {
  counts(): Promise<QueueCounts>;
  /**
   * Adds jobs that wait at once, as job-json.ts has it, all in one step and on a connection that stands. A job whose id is
   * there already is left out. Absent: by BullMQ.
   */
  addWaiting?(jobs: readonly WrittenJob[]): Promise<void>;
  /** Absent: by BullMQ. */
  readonly length?: JobReader['length'];
  /** Jobs by their ids, in their order. */
  jobs(ids: readonly string[]): Promise<(FoundJson | undefined)[]>;
  sizes(ids: readonly string[]): Promise<number[]>;
  texts(ids: readonly string[]): Promise<JobText[]>;
  waitingHeads(): Promise<string[]>;
  /** Absent: by BullMQ. */
  readonly ids?: JobReader['ids'];
  /** BullMQ's id of the queue's last event: its listener goes on from there. */
  lastEventId(): Promise<string>;
  /**
   * The turns of tenants in a fair queue, as priorities: one virtual round a job, counted from the round that is served
   * now. One entry of `tenants` for each job, in order; atomic over all processes, on Redis 500 at a time.
   */
  takeTurns(tenants: readonly string[]): Promise<number[]>;
  /** See `ActiveJob`, and starts.ts. Asked again for an attempt whose answer was lost, it gives the same answer. */
  takeStart(request: StartRequest): Promise<number | 'parked' | 'lost'>;
  /** Finds the job of a key that can be reused, or claims the key for a new one: see reuse.ts. */
  claimReuse(claim: ReuseClaim): Promise<ClaimedJob>;
  /** The job `id`, for which the key was claimed, has been added. */
  confirmReuse(key: string, id: string): Promise<void>;
  /**
   * Removes so many jobs of a state at most, those that are in it, or were added, before a time (epoch ms), and answers how
   * many. Runs of schedules that have not begun stay, and others are left to BullMQ. Absent: all are.
   */
  removeSome?(state: StoredState, until: number, count: number): Promise<number>;
  /** Where BullMQ's removal reports no event. */
  reportRemoved?(id: string): Promise<void>;
  /**
   * Writes `bizinsightsRetried` of each of these jobs that is in the state, from which it is about to be retried by hand.
   */
  noteRetry(ids: readonly string[], from: 'failed' | 'completed'): Promise<void>;
  readonly runs: RunStore;
}
