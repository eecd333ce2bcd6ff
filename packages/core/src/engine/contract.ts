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
import type {
  EventsKept,
  FinishedJob,
  JobText,
  Keep,
  NewJob,
  PlannedRun,
  QueueCounts,
  QueueEvent,
  RunPlan,
  StoredJob,
  StoredState,
} from './stored-job.js';

export * from './stored-job.js';

/** So many priorities have a head: a queue seldom has more, and each may be a way to the store and back. */
export const PRIORITIES_LOOKED_AT = 20;

/** One queue in the store. */
export interface EngineQueue {
  readonly name: string;
  /** Adds a job and answers its id: that of the existing job where `deduplication` found one. */
  add(job: NewJob): Promise<string>;
  /** Adds many, and answers their ids in the same order. Not one transaction: see `QueueHandle.addMany`. */
  addMany(jobs: readonly NewJob[]): Promise<string[]>;
  get(id: string): Promise<StoredJob | undefined>;
  state(id: string): Promise<StoredState | undefined>;
  /** Jobs of a state, `start` to `end` (inclusive; -1 is the end of all), in the order of the state's own list. */
  list(state: StoredState, start: number, end: number, ascending: boolean): Promise<StoredJob[]>;
  counts(): Promise<QueueCounts>;
  /** Ids of a state, in the order of {@link list}: for walking over many jobs without reading them. */
  ids(state: StoredState, start: number, end: number, ascending: boolean): Promise<string[]>;
  /** Jobs by their ids, in one round trip; undefined for each that is gone. */
  getMany(ids: readonly string[]): Promise<(StoredJob | undefined)[]>;
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
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Removes what waits or is delayed, and answers how many went. Running jobs are left alone. */
  empty(): Promise<number>;
  /** Removes jobs of a state that are at least `olderThan` ms old, `limit` at most, and answers how many went. */
  clean(state: StoredState, olderThan: number, limit: number): Promise<number>;
  /** Takes a failed or completed job back into the queue with all its attempts. False if it is in another state. */
  retry(id: string, from: 'failed' | 'completed'): Promise<boolean>;
  /** Runs a delayed job now. False if it is not delayed. */
  promote(id: string): Promise<boolean>;
  /**
   * False if there is no such job, or if it runs. Rejects with `JobConflictError` for the next run of a schedule, without
   * which the schedule would have none.
   */
  remove(id: string): Promise<boolean>;
  logs(id: string, start: number, end: number): Promise<{ readonly lines: string[]; readonly count: number }>;
  /** Waits for the end of a job; undefined when `timeout` ms are over. Rejects `signal`'s reason when it aborts. */
  waitForFinish(id: string, timeout: number, signal?: AbortSignal): Promise<FinishedJob | undefined>;
  /**
   * Calls `listener` with what happens to jobs of this queue in all processes, in order. `after` is the id of an event:
   * what came since then and is still kept comes first; without it, what happens from now on.
   */
  events(listener: (event: QueueEvent) => void, after?: string): Promise<() => Promise<void>>;
  /** The id of the last event so far: what to give as `after` for all that comes from now on. */
  lastEventId(): Promise<string>;
  /** What `events` would still give behind `after`. Only the last events are kept, some 10,000 a queue. */
  eventsKept(after: string): Promise<EventsKept>;
  /**
   * The priorities that give each tenant its turn: one virtual round a job, counted from the round that is served now.
   * One entry of `tenants` for each job, in order; atomic over all processes.
   */
  fairPriorities(tenants: readonly string[]): Promise<number[]>;
  /** The next runs of schedules by their keys, in one round trip; undefined for one that has no plan here. */
  plannedRuns(keys: readonly string[]): Promise<(PlannedRun | undefined)[]>;
  /**
   * Plans schedules anew: the next run is in the first free slot from a second on, and what was planned is dropped. One
   * whose rhythm has ended keeps no plan.
   */
  planRuns(plans: readonly RunPlan[]): Promise<void>;
  /**
   * Gives plans new data and options, and leaves their slots as they are. Answers for each whether it was there. `at` is
   * the slot that was found.
   */
  refreshRuns(plans: readonly (RunPlan & { readonly at: number })[]): Promise<boolean[]>;
  /** Ends schedules: nothing is planned any more. What waits to be taken now stays. */
  unplanRuns(keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
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
  log(line: string): Promise<boolean>;
  setPriority(priority: number): Promise<void>;
}

/** How an attempt ended, decided by the library and carried out by the engine. */
export type Outcome =
  | { readonly kind: 'completed'; readonly value: unknown }
  /** `permanent`: no other attempt, however many are left. */
  | { readonly kind: 'failed'; readonly error: Error; readonly permanent: boolean }
  /** Back to the delayed jobs without using up an attempt. */
  | { readonly kind: 'delayed'; readonly until: number }
  /** Back to the front of the queue without using up an attempt: another worker takes it at once. */
  | { readonly kind: 'released' }
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
  /** How often one job may lose its worker before it fails for good. */
  readonly maxStalledCount: number;
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

/** Shared state beside the jobs: cache, locks, durable steps, rate limits. Keys are free text. */
export interface StateStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttl?: number): Promise<void>;
  delete(key: string): Promise<boolean>;
  exists(key: string): Promise<boolean>;
  /** Deletes the keys that begin with `prefix` and match `pattern` behind it; answers how many. Never blocks the store. */
  deleteMatching(prefix: string, pattern: string): Promise<number>;
  /** Sets a key that does not exist yet (a lock). False when it does. */
  setIfAbsent(key: string, value: string, ttl: number): Promise<boolean>;
  /** Gives a key `ttl` ms more if it still has `value`. */
  extendIfEqual(key: string, value: string, ttl: number): Promise<boolean>;
  deleteIfEqual(key: string, value: string): Promise<boolean>;
  /** Puts `value` in the place of `old`, for `ttl` ms; true also where it is there already. False where neither is. */
  replaceIfEqual(key: string, old: string, value: string, ttl: number): Promise<boolean>;
  /** The fields of a map. */
  fields(key: string): Promise<Record<string, string>>;
  /** Sets one field of a map, which lives `ttl` ms from now. `reset` drops what the map had before. */
  setField(key: string, field: string, value: string, ttl: number, reset: boolean): Promise<void>;
  deleteField(key: string, field: string): Promise<void>;
  /**
   * Adds entries to a log, the last one as the newest. It keeps the newest `keep` ones; a long log some more, until it is
   * shortened.
   */
  append(key: string, entries: readonly string[], keep: number): Promise<void>;
  /** `count` entries of a log, newest first, beginning `start` entries before the newest. */
  entries(key: string, start: number, count: number): Promise<string[]>;
  /**
   * Takes one of the `max` starts that any window of `per` ms allows to `key`. Answers 0 when `member` may start now,
   * else after how many ms to ask again; the place is kept for it. Measured on the store's own clock, so that it is
   * exact over all processes.
   */
  takeSlot(key: string, member: string, max: number, per: number): Promise<number>;
}

/** A record of a schedule. */
export interface StoredSchedule {
  /** Free text, unique in the store. */
  readonly key: string;
  /** What tells whether it is still the wanted one. */
  readonly print: string;
  /** All of it, JSON. */
  readonly record: string;
  /** The lists that it is in. Without line breaks. */
  readonly indexes: readonly string[];
}

/**
 * The records of schedules. What is written is open until it is settled: whoever dies in between leaves a print that
 * nobody wants, and of two who write at once the later one's record stands and the earlier one hears of it.
 */
export interface ScheduleStore {
  /** Their prints, in one round trip, with a `~` before one that is open; undefined for one that is not there. */
  prints(keys: readonly string[]): Promise<(string | undefined)[]>;
  records(keys: readonly string[]): Promise<(string | undefined)[]>;
  /** Writes records; their prints are open. */
  put(schedules: readonly StoredSchedule[]): Promise<void>;
  /** What had to be done is done. False for one that is another one by now, or gone. */
  settle(prints: readonly { readonly key: string; readonly print: string }[]): Promise<boolean[]>;
  /** Answers how many there were. */
  remove(keys: readonly string[]): Promise<number>;
  /** Keys of a list in their order, `limit` of those behind `after`. */
  keys(index: string, after: string | undefined, limit: number): Promise<string[]>;
  /** How many are in a list. */
  count(index: string): Promise<number>;
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
  readonly kind: 'redis' | 'postgres' | 'embedded' | 'memory';
  /** Where it is, fit for a log line: no user, no password. */
  readonly address: string;
  /** Opens what has to be open before the first job: connections, migrations. Idempotent. */
  ready(): Promise<void>;
  queue(name: string): EngineQueue;
  worker(
    queue: string,
    run: (active: ActiveJob) => Promise<Outcome>,
    options: EngineWorkerOptions,
    listener: EngineWorkerListener,
  ): EngineWorker;
  readonly state: StateStore;
  readonly signals: Signals;
  readonly schedules: ScheduleStore;
  /**
   * Calls `listener` each time that a connection that was lost stands again, however short that was: the store may have
   * come back without what it had. Several connections are told one by one. Answers how to end that.
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
