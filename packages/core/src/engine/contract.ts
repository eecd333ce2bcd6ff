/**
 * The contract between the library and the store that holds its jobs.
 *
 * An engine knows queues, workers, a little shared state, signals and the records of schedules, whose next runs its
 * queues keep; it knows nothing of schemas, processors or what a schedule means. Four implementations: Redis, PostgreSQL
 * and embedded (all three on BullMQ), and the in-memory one of `./testing`. All of them pass `testing/behaviour`.
 *
 * Rules for every implementation:
 * - What was acknowledged survives a crash of the process (and of the server, where the server is set up for it).
 * - An operation that can't reach the store rejects with `EngineUnavailableError` within a few seconds. The parts that
 *   fetch jobs wait for ever instead, and go on when the store is back.
 * - Times are epoch milliseconds, durations milliseconds.
 */
import type { Telemetry } from 'bullmq';
import type { EventFeed } from './contract/event-feed.js';
import type { JobReader, QueueCounts } from './contract/job-reader.js';
import type { JobStore } from './contract/job-store.js';
import type { RunPlanner } from './contract/run-planner.js';
import type { ScheduleStore } from './contract/schedule-store.js';
import type { StateStore } from './contract/state-store.js';
import type { ActiveJob, EngineWorker, EngineWorkerListener, EngineWorkerOptions, Outcome } from './contract/worker.js';

export * from './contract/event-feed.js';
export * from './contract/job-reader.js';
export * from './contract/job-store.js';
export * from './contract/run-planner.js';
export * from './contract/schedule-store.js';
export * from './contract/state-store.js';
export * from './contract/stored-job.js';
export * from './contract/worker.js';

/** One queue in the store, in parts: code takes the part that it uses. */
export interface EngineQueue extends JobStore, JobReader, RunPlanner {
  readonly name: string;
  close(): Promise<void>;
}

/** Messages to all processes on the same store. At most once: who is not listening misses them. */
export interface Signals {
  publish(topic: string, message: string): Promise<void>;
  /** `missed` is called when messages may have been missed (the connection was lost and is back). */
  subscribe(topic: string, listener: (message: string) => void, missed?: () => void): Promise<() => Promise<void>>;
}

/** What `jobs.health()` answers. */
export interface EngineHealth {
  readonly reachable: boolean;
  /** Round trip, ms. */
  readonly latency?: number;
  /**
   * How far the clock of this process is ahead of the store's, ms; negative: behind. Exact to half of the way to the store
   * and back. Workers refuse to start above 5,000, or a quarter of `lockDuration` where that is less: `ClockSkewError`.
   */
  readonly clockSkew?: number;
  /** Of the server, such as `7.2.4`. */
  readonly version?: string;
  readonly warnings: readonly string[];
  /** Why it is not reachable. */
  readonly error?: string;
}

/** A store of jobs. */
export interface Engine {
  /** `none`: the host has not said where its jobs are. */
  readonly kind: 'redis' | 'postgres' | 'embedded' | 'memory' | 'none';
  /** Where it is, fit for a log line: no user, no password. */
  readonly address: string;
  /**
   * Opens what has to be open before the first job: connections, migrations. Idempotent.
   *
   * @param forWork whether workers follow: what they share is opened meanwhile, so that the first of them does not wait
   */
  ready(forWork?: boolean): Promise<void>;
  queue(name: string): EngineQueue;
  worker(
    queue: string,
    run: (active: ActiveJob) => Promise<Outcome>,
    options: EngineWorkerOptions,
    listener: EngineWorkerListener,
  ): EngineWorker;
  /** What happens in these queues. `onError` is called with problems that have no caller to go to. */
  events(queues: readonly string[], onError: (error: Error) => void): EventFeed;
  readonly state: StateStore;
  readonly signals: Signals;
  readonly schedules: ScheduleStore;
  /**
   * Calls `listener` each time that a connection that was lost stands again, however short that was: the store may have
   * come back without what it had. It is called once for each connection. Returns a function that removes the listener.
   */
  onReconnect(listener: () => void): () => void;
  /**
   * Why JSON can't be stored as the data of a job; undefined where it can. Absent on a store that takes all of it. `add`
   * asks by itself.
   */
  readonly dataProblem?: (json: string) => string | undefined;
  /** The numbers of queues, in one round trip. In the order of the names. */
  counts(queues: readonly string[]): Promise<QueueCounts[]>;
  health(): Promise<EngineHealth>;
  /** Closes what the engine opened; never what the host gave. */
  close(): Promise<void>;
}

/** What every engine is made with. */
export interface EngineOptions {
  /** Name space of the keys (Redis) or the schema (SQL). */
  readonly prefix: string;
  readonly telemetry?: Telemetry;
  /**
   * Called with problems that have no caller to go to. A lost connection, which comes back by itself, is an
   * `EngineUnavailableError`, told once and not for each attempt to connect.
   */
  readonly onError: (error: Error) => void;
  /** Called when the store is back after such an outage, with its length in ms. */
  readonly onReconnect?: (away: number) => void;
}
