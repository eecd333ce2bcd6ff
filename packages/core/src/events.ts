/** What happens in this process, as a typed eventemitter3. Payloads carry ids and times, never a job's data. */
import { EventEmitter } from 'eventemitter3';
import { toError } from './errors.js';
import type { Logger } from './logger.js';

/** Which job an event is about. */
export interface JobReference {
  readonly queue: string;
  readonly id: string;
}

/** An attempt of a job: `attempt` counts from 1. */
export interface JobAttempt extends JobReference {
  readonly attempt: number;
  readonly maxAttempts: number;
}

/** What one queue's worker has done since it was started. */
export interface QueueStats {
  readonly concurrency: number;
  /** Running now. */
  readonly active: number;
  readonly completed: number;
  /** Failed for good. */
  readonly failed: number;
  /** Attempts that failed and are tried again. */
  readonly retried: number;
  readonly stalled: number;
  /** Mean time of a completed attempt, ms; undefined before the first one. */
  readonly averageDuration: number | undefined;
}

/** What a worker process has done since it was started. */
export interface WorkerStats {
  /** ms */
  readonly uptime: number;
  /** Resident memory of the process, bytes. */
  readonly memory: number;
  readonly queues: Readonly<Record<string, QueueStats>>;
}

/**
 * What plugins tell with `job.emit`; listeners get the job's queue and id with it. Core has none of its own: a plugin, or a
 * host, declares its events beside its code.
 *
 * @example
 * ```ts
 * declare module '@bizinsights/jobs-core' {
 *   interface PluginEvents {
 *     'shop:closed': { readonly shop: string };
 *   }
 * }
 * jobs.events.on('shop:closed', ({ shop, queue, id }) => jobs.logger.warn(`${shop} is closed (${queue} ${id})`));
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by declaration merging, which a type alias cannot be.
export interface PluginEvents {}

type PluginListeners = {
  [Name in keyof PluginEvents]: (event: JobReference & PluginEvents[Name]) => void;
};

/**
 * The events of `jobs.events`, all of this process: what it enqueued, what its worker ran.
 *
 * Events of all processes are served by the monitoring API (`GET /events`). An error in a listener is logged.
 */
export interface JobsEvents extends PluginListeners {
  /** Also for an `id` of the host's own that was there already: see `AddedJob`. */
  'job:added': (event: JobReference) => void;
  'job:active': (event: JobAttempt) => void;
  'job:progress': (event: JobReference & { readonly progress: unknown }) => void;
  /** `duration` is the time of this attempt in ms. */
  'job:completed': (event: JobAttempt & { readonly duration: number }) => void;
  /** One attempt failed; `willRetry` says whether another one comes. */
  'job:failed': (
    event: JobAttempt & { readonly error: Error; readonly willRetry: boolean; readonly duration: number },
  ) => void;
  /** The last attempt failed: no other one comes by itself. */
  'job:exhausted': (event: JobAttempt & { readonly error: Error }) => void;
  /** The worker that ran it is gone; the job goes back to its queue. */
  'job:stalled': (event: JobReference) => void;
  /** A run of a schedule was left out: why, in words. Its job is completed without a result. */
  'schedule:skipped': (event: JobReference & { readonly key: string; readonly reason: string }) => void;
  /** A schedule had no next run, or a wrong one, and has one now. */
  'schedule:repaired': (event: {
    readonly key: string;
    readonly queue: string;
    readonly damage: 'missing' | 'broken' | 'late' | 'unsettled';
  }) => void;
  'queue:paused': (event: { readonly queue: string }) => void;
  'queue:resumed': (event: { readonly queue: string }) => void;
  'queue:cleaned': (event: { readonly queue: string; readonly removed: number }) => void;
  'worker:started': (event: { readonly queues: readonly string[] }) => void;
  'worker:stats': (event: WorkerStats) => void;
  /** Something went wrong beside the jobs: a lost connection, an `onExhausted` that threw. */
  'worker:error': (event: { readonly queue?: string; readonly error: Error }) => void;
  'worker:stopping': (event: { readonly reason: string }) => void;
  'worker:stopped': (event: { readonly givenBack: number }) => void;
}

/** The emitter behind `jobs.events`. */
export type JobsEventEmitter = EventEmitter<JobsEvents>;

/**
 * Tells what a plugin has found out. The emitter is taken as one of any names: TypeScript can't relate a name that is a
 * parameter to its payload through the emitter's own types.
 */
export function emitPluginEvent<Name extends keyof PluginEvents>(
  events: { emit(name: string, event: object): unknown },
  name: Name,
  event: JobReference & PluginEvents[Name],
): void {
  events.emit(name, event);
}

/** A listener that throws is the host's bug, and no job's: it is logged, and what was told of goes on. */
class LoggingEmitter extends EventEmitter<JobsEvents> {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    super();
    this.#logger = logger;
  }

  override emit<Name extends keyof JobsEvents>(name: Name, ...args: EventEmitter.EventArgs<JobsEvents, Name>): boolean {
    try {
      return super.emit(name, ...args);
    } catch (thrown) {
      this.#logger.error({ ...subjectOf(args[0]), err: toError(thrown) }, `a listener of "${name}" has failed`);
      return true;
    }
  }
}

/** The queue and the job of an event, as log lines name them. */
function subjectOf(event: unknown): { queue?: unknown; job?: unknown } {
  if (typeof event !== 'object' || event === null) return {};
  return { ...('queue' in event ? { queue: event.queue } : {}), ...('id' in event ? { job: event.id } : {}) };
}

/** Makes the emitter. */
export function createEvents(logger: Logger): JobsEventEmitter {
  return new LoggingEmitter(logger);
}
