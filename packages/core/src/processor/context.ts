/** The object that `process` is called with. Made for each attempt, so what is seldom used is made when it is asked for. */

import type { Cache } from '../coordination/cache.js';
import { HeldLocks } from '../coordination/locks.js';
import { takeSlot } from '../coordination/rate-limit.js';
import type { ActiveJob, StateStore, StoredJob } from '../engine/contract.js';
import { withoutDepth } from '../engine/json-depth.js';
import { patiently } from '../engine/patience.js';
import { AttemptOverError, JobLockLostError, RetryAfterError } from '../errors.js';
import type { JobReference, PluginEvents } from '../events.js';
import type { Logger } from '../logger.js';
import { checkName } from '../names.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { AddedJob } from '../queue/handle.js';
import type { JobOptions } from '../queue/job-options.js';
import type { Redactor } from '../queue/redact.js';
import { maxAttemptsOf } from '../queue/view.js';
import type { Cursor, JobContext, JobTools, Progress } from './definition.js';
import { createJobLogger, type JobLogger } from './job-logger.js';
import { JobState } from './job-state.js';
import { type Cleaner, toPresentable } from './presentable-error.js';

/** A place in a rate limit that comes free within so many ms is waited for, unless the processor says otherwise. */
const MAX_SLOT_WAIT = 1_000;

/** When a job comes back for a lock that another one holds, unless the processor says otherwise. ms */
const LOCK_RETRY = 5_000;

/** The result of a step that was under way when its attempt ended is brought to a store that is away for so long. ms */
const LATE_SAVE = 30_000;

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
  readonly name: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Set by the runner once the data has been read. */
  data: unknown;
  readonly #environment: ContextEnvironment;
  readonly #active: ActiveJob;
  #controller: AbortController | undefined;
  #abortReason: { readonly error: Error } | undefined;
  /** When the attempt has ended, by the monotonic clock. */
  #overAt: number | undefined;
  #away: Error | undefined;
  readonly #onLost: (error: Error) => void;
  #state: JobState | undefined;
  #logger: JobLogger | undefined;
  #steps: Map<string, Promise<unknown>> | undefined;
  #locks: HeldLocks | undefined;

  /** @param onLost the store says that the job is another attempt's: this one is to end */
  constructor(environment: ContextEnvironment, active: ActiveJob, onLost: (error: Error) => void) {
    const { job } = active;
    this.#environment = environment;
    this.#active = active;
    this.#onLost = onLost;
    this.id = job.id ?? '';
    this.queue = environment.queue.name;
    this.name = job.name;
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
    return async (queue, data, options) => {
      await this.#begin();
      return this.#environment.enqueue(queue, data, options);
    };
  }

  get refreshSchedules(): JobTools['refreshSchedules'] {
    return () => {
      this.#refuseEffect();
      this.#environment.refreshSchedules();
    };
  }

  get emit(): JobTools['emit'] {
    return (name, event) => {
      checkName('The name of an event', name);
      this.#refuseEffect();
      this.tools.emit(name, event);
    };
  }

  /** The same for what follows when the attempt has ended: `onExhausted`. */
  get tools(): Pick<JobTools, 'enqueue' | 'emit' | 'refreshSchedules'> {
    const { enqueue, emit, refreshSchedules } = this.#environment;
    return {
      enqueue,
      refreshSchedules,
      // Not by a spread: while no plugin has declared an event, TypeScript takes each for `never`.
      emit: (name, event) => emit(name, Object.assign({}, event, { queue: this.queue, id: this.id })),
    };
  }

  /** The job as it is stored. */
  get stored(): StoredJob {
    return this.#active.job;
  }

  /** The lasting state of the job. */
  get state(): JobState {
    this.#state ??= new JobState(this.#active, {
      patiently: (operation) => this.#patiently(operation, LATE_SAVE),
      refused: () => this.#lose(),
    });
    return this.#state;
  }

  get usedState(): boolean {
    return this.#state?.used ?? false;
  }

  // Methods as getters: a processor may take them apart, as in `process({ data, step })`, and then they need no `this`.

  get progress(): JobContext['progress'] {
    return (value) => {
      if (this.#overAt === undefined) return this.#tell(value);
      // Seldom awaited, as in a timer that outlives its attempt: refused, and no reason to end the process.
      const refused = Promise.reject(this.#reason);
      refused.catch(() => undefined);
      return refused;
    };
  }

  async #tell(value: Progress): Promise<void> {
    const shown = withoutDepth(this.#cleaner?.value(value) ?? value) as Progress;
    if (!(await this.#patiently(() => this.#active.progress(shown)))) throw this.#lose();
    this.#environment.onProgress(this.id, shown);
  }

  get step(): JobContext['step'] {
    return async <T>(name: string, fn: () => Promise<T> | T): Promise<T> => {
      this.#refuseEffect();
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
    const field = `step:${checkName('The name of a step', name)}`;
    if (await this.state.has(field)) return (await this.state.get(field)) as T;
    await this.#begin();
    const value = await fn();
    // Also of an attempt that has ended meanwhile: what has been done is not to be done again by the next one.
    await this.state.set(field, value);
    this.#refuseOver();
    return value;
  }

  get cursor(): JobContext['cursor'] {
    return async <T>(name: string, initial: T): Promise<Cursor<T>> => {
      this.#refuseEffect();
      const { state } = this;
      const field = `cursor:${checkName('The name of a cursor', name)}`;
      let value = (await state.has(field)) ? ((await state.get(field)) as T) : initial;
      const save = async (next: T) => {
        this.#refuseOver();
        await state.set(field, next);
        value = next;
      };
      return {
        get value() {
          return value;
        },
        save,
      };
    };
  }

  get takeSlot(): JobContext['takeSlot'] {
    return async (key, { max, per, maxWait = MAX_SLOT_WAIT }) => {
      if (!isWholeAndPositive(max) || !isWholeAndPositive(per)) {
        throw new TypeError(`takeSlot("${key}") needs whole numbers of at least 1, not max ${max} and per ${per}`);
      }
      await this.#begin();
      const { state, now } = this.#environment;
      const { signal } = this;
      const member = `${this.queue}:${this.id}`;
      // No queue has an empty name: the keys of their own limits begin with it.
      const wait = await takeSlot(state, {
        key: `:${checkName('The key of a slot', key)}`,
        member,
        limit: { max, per },
        maxWait,
        now,
        signal,
      });
      if (wait > 0) throw new RetryAfterError(wait, `"${key}" allows ${max} in ${per} ms: comes back in ${wait} ms`);
    };
  }

  get lock(): JobContext['lock'] {
    return async (key, { retryAfter = LOCK_RETRY } = {}) => {
      await this.#begin();
      const { queue, id } = this;
      const owner = { queue, id, start: this.#active.job.attemptsStarted };
      this.#locks ??= new HeldLocks(this.#environment.state, owner, (error) => this.abort(error));
      await this.#locks.take(key, retryAfter);
      this.#refuseOver();
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

  /** The attempt has ended, by itself or from outside: what its processor still asks for is refused. */
  end(): void {
    this.#overAt ??= performance.now();
  }

  /** Why something that the processor waits for is still waiting for the store, if it is away. */
  get away(): Error | undefined {
    return this.#away;
  }

  /** Whether the job is still this attempt's. A store that is away is waited for, while `mayWait` says so. */
  async isOurs(mayWait?: () => boolean): Promise<boolean> {
    if (this.#active.isHeld) return true;
    const confirm = () => this.#active.confirmHeld();
    return mayWait ? patiently(confirm, mayWait) : this.#patiently(confirm);
  }

  /** Repeats what the store does not answer, until the attempt has been over for `late` ms. */
  async #patiently<T>(operation: () => Promise<T>, late = 0): Promise<T> {
    const result = await patiently(operation, (error) => {
      this.#away = error;
      return this.#overAt === undefined || performance.now() < this.#overAt + late;
    });
    this.#away = undefined;
    return result;
  }

  /** Before an effect: rejects when the attempt is to end, has ended, or may have lost its job and has. */
  async #begin(): Promise<void> {
    this.#refuseEffect();
    const locks = this.#locks;
    if (this.#active.isHeld && (locks?.isSure ?? true)) return;
    const isOurs = await this.isOurs();
    if (locks && !locks.isSure) await this.#patiently(() => locks.confirm());
    this.#refuseEffect();
    if (!isOurs) throw this.#lose();
  }

  /** Throws the reason when the attempt is to end: it begins nothing any more. */
  #refuseEffect(): void {
    if (this.#abortReason) throw this.#abortReason.error;
    this.#refuseOver();
  }

  /** Throws the reason when the attempt has ended. */
  #refuseOver(): void {
    if (this.#overAt !== undefined) throw this.#reason;
  }

  get #reason(): Error {
    return (
      this.#abortReason?.error ??
      new AttemptOverError(`Attempt ${this.attempt} of job "${this.id}" is over: its processor has returned or thrown`)
    );
  }

  /** The job is another attempt's: ends this one, and answers the error. */
  #lose(): Error {
    if (this.#overAt === undefined) this.#onLost(lockLost(this.id));
    return this.#reason;
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

/** Why an attempt ends that has lost its job. */
export function lockLost(id: string): JobLockLostError {
  return new JobLockLostError(
    `Job "${id}" is not this attempt's any more: its lock was lost, and another worker has it or will take it`,
  );
}

function isWholeAndPositive(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
