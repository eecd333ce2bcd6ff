/** The object that `process` is called with. Made for each attempt, so what is seldom used is made when it is asked for. */
import type { Cache } from '../cache/cache.js';
import type { ActiveJob, StateStore, StoredJob } from '../engine/engine.js';
import { RetryAfterError } from '../errors.js';
import type { JobReference, PluginEvents } from '../events.js';
import type { Logger } from '../logger.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { AddedJob } from '../queue/handle.js';
import type { JobOptions } from '../queue/options.js';
import type { Redactor } from '../queue/redact.js';
import { maxAttemptsOf } from '../queue/view.js';
import type { Cursor, JobContext, JobTools, Progress } from './definition.js';
import { createJobLogger, type JobLogger } from './job-logger.js';
import { JobState } from './job-state.js';
import { HeldLocks } from './locks.js';
import { type Cleaner, toPresentable } from './presentable-error.js';
import { takeSlot } from './slots.js';

/** A place in a rate limit that comes free within so many ms is waited for, unless the processor says otherwise. */
const MAX_SLOT_WAIT = 1_000;

/** When a job comes back for a lock that another one holds, unless the processor says otherwise. ms */
const LOCK_RETRY = 5_000;

/** Adds a job to a queue of the same `createJobs`. */
export type Enqueue = (queue: AnyQueueDefinition, data: unknown, options?: JobOptions) => Promise<AddedJob>;

/** Tells the listeners of `jobs.events`. */
export type EmitPluginEvent = <Name extends keyof PluginEvents>(
  name: Name,
  event: JobReference & PluginEvents[Name],
) => void;

/** What all attempts of one queue share. */
export interface ContextEnvironment {
  readonly queue: AnyQueueDefinition;
  readonly state: StateStore;
  readonly cache: Cache;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly enqueue: Enqueue;
  readonly refreshSchedules: () => void;
  readonly emit: EmitPluginEvent;
  readonly now: () => number;
  readonly onProgress: (id: string, progress: Progress) => void;
}

/** One attempt, as the runner and the processor see it. */
export class AttemptContext implements JobContext {
  readonly id: string;
  readonly queue: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Set by the runner once the data has been read. */
  data: unknown;
  readonly #environment: ContextEnvironment;
  readonly #active: ActiveJob;
  #controller: AbortController | undefined;
  #abortReason: { readonly error: Error } | undefined;
  #state: JobState | undefined;
  #logger: JobLogger | undefined;
  #steps: Map<string, Promise<unknown>> | undefined;
  #locks: HeldLocks | undefined;

  constructor(environment: ContextEnvironment, active: ActiveJob) {
    const { job } = active;
    this.#environment = environment;
    this.#active = active;
    this.id = job.id ?? '';
    this.queue = environment.queue.name;
    this.attempt = job.attemptsMade + 1;
    this.maxAttempts = maxAttemptsOf(job);
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#abortReason) this.#controller.abort(this.#abortReason.error);
    }
    return this.#controller.signal;
  }

  get logger(): Logger {
    const { logger } = this.#environment;
    this.#logger ??= createJobLogger(logger.child({ queue: this.queue, job: this.id }), this.#active, this.#cleaner);
    return this.#logger;
  }

  /** Knows the data as it is stored and as the processor sees it: a transformed value must not leave either. */
  get #cleaner(): Cleaner | undefined {
    const { redactor } = this.#environment;
    if (!redactor.isActive) return undefined;
    return {
      text: (text) => redactor.text(text, this.#active.job.data, this.data),
      value: (value) => redactor.anywhere(value, this.#active.job.data, this.data),
    };
  }

  /** An error as it may be stored, logged and shown. */
  presentable(error: Error): Error {
    return toPresentable(error, this.#cleaner);
  }

  get cache(): Cache {
    return this.#environment.cache;
  }

  get enqueue(): JobTools['enqueue'] {
    return this.#environment.enqueue;
  }

  refreshSchedules(): void {
    this.#environment.refreshSchedules();
  }

  get emit(): JobTools['emit'] {
    return (name, event) => this.#environment.emit(name, { ...event, queue: this.queue, id: this.id });
  }

  /** The job as it is stored. */
  get stored(): StoredJob {
    return this.#active.job;
  }

  /** The lasting state of the job. */
  get state(): JobState {
    this.#state ??= new JobState(this.#environment.state, this.queue, this.id, this.#active.job.attemptsStarted <= 1);
    return this.#state;
  }

  get usedState(): boolean {
    return this.#state?.used ?? false;
  }

  // Methods as getters: a processor may take them apart, as in `process({ data, step })`, and then they need no `this`.

  get progress(): JobContext['progress'] {
    return async (value) => {
      const shown = (this.#cleaner?.value(value) ?? value) as Progress;
      await this.#active.progress(shown);
      this.#environment.onProgress(this.id, shown);
    };
  }

  get step(): JobContext['step'] {
    return <T>(name: string, fn: () => Promise<T> | T): Promise<T> => {
      this.#steps ??= new Map();
      const running = this.#steps.get(name);
      if (running) return running as Promise<T>;
      const started = this.#step(name, fn);
      this.#steps.set(name, started);
      // A step that failed may be tried again within the attempt.
      started.catch(() => this.#steps?.delete(name));
      return started;
    };
  }

  async #step<T>(name: string, fn: () => Promise<T> | T): Promise<T> {
    const field = `step:${name}`;
    if (await this.state.has(field)) return (await this.state.get(field)) as T;
    const value = await fn();
    await this.state.set(field, value);
    return value;
  }

  get cursor(): JobContext['cursor'] {
    return async <T>(name: string, initial: T): Promise<Cursor<T>> => {
      const { state } = this;
      const field = `cursor:${name}`;
      let value = (await state.has(field)) ? ((await state.get(field)) as T) : initial;
      return {
        get value() {
          return value;
        },
        async save(next: T) {
          await state.set(field, next);
          value = next;
        },
      };
    };
  }

  get takeSlot(): JobContext['takeSlot'] {
    return async (key, { max, per, maxWait = MAX_SLOT_WAIT }) => {
      if (!isWholeAndPositive(max) || !isWholeAndPositive(per)) {
        throw new TypeError(`takeSlot("${key}") needs whole numbers of at least 1, not max ${max} and per ${per}`);
      }
      const { state, now } = this.#environment;
      const { signal } = this;
      const member = `${this.queue}:${this.id}`;
      const wait = await takeSlot(state, { key: `own:${key}`, member, limit: { max, per }, maxWait, now, signal });
      if (wait > 0) throw new RetryAfterError(wait, `"${key}" allows ${max} in ${per} ms: comes back in ${wait} ms`);
    };
  }

  get lock(): JobContext['lock'] {
    return (key, { retryAfter = LOCK_RETRY } = {}) => {
      const { queue, id } = this;
      const owner = { queue, id, start: this.#active.job.attemptsStarted };
      this.#locks ??= new HeldLocks(this.#environment.state, owner, (error) => this.abort(error));
      return this.#locks.take(key, retryAfter);
    };
  }

  /** The locks that the attempt has taken, if it has. */
  get locks(): HeldLocks | undefined {
    return this.#locks;
  }

  /** Ends the attempt for the processor: its `signal` aborts. */
  abort(error: Error): void {
    this.#abortReason ??= { error };
    this.#controller?.abort(error);
  }

  /** Whether there may be lines to wait for. */
  get hasLogged(): boolean {
    return this.#logger !== undefined;
  }

  /** Waits until all log lines are kept. */
  async flushLogs(): Promise<void> {
    await this.#logger?.flush();
  }
}

function isWholeAndPositive(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
