/**
 * Runs the attempts of one queue: reads the data, asks the rate limit, calls the processor with a context, and decides
 * how the attempt ended. It knows no engine; `EngineWorker` carries the outcome out.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { HeldLocks } from '../coordination/locks.js';
import type { ActiveJob, Outcome, StateStore, StoredJob } from '../engine/contract.js';
import { withoutDepth } from '../engine/json-depth.js';
import { codeOf } from '../engine/patience.js';
import { EngineUnavailableError, ERROR_CODES, PermanentError, toError, WorkerDiedError } from '../errors.js';
import { storedName } from '../names.js';
import { AttemptContext, type ContextEnvironment, lockLost } from '../processor/context.js';
import type { AnyProcessorDefinition } from '../processor/definition.js';
import { checkResult, readStored, type StoredVersion } from '../queue/data.js';
import { deathsOf } from '../queue/job-counts.js';
import { whenRetried } from '../queue/job-marks.js';
import { rateKey } from '../queue/tenant.js';
import { type RunGuard, scheduledRunOf } from '../scheduler/run-guard.js';
import { exhaust, forgetExhaustion } from './exhaust.js';
import { type Ended, type GiveBack, RunningAttempt } from './running-attempt.js';

/** How long a job is put off that found the store away: longer with each time. ms */
const AWAY = { first: 1_000, most: 30_000 } as const;

/** A chain of causes that is longer than this may be a circle. */
const MAX_CAUSES = 10;

/** What a runner is made of. */
export interface RunnerOptions {
  readonly processor: AnyProcessorDefinition;
  readonly environment: ContextEnvironment;
  readonly now: () => number;
  /** How many deaths of its worker a job survives. */
  readonly maxDeaths: number;
  /** Why a job was cancelled, if it was: asked for a job that has been started before. */
  readonly findCancellation: (job: StoredJob) => Promise<Error | undefined>;
  /** Of a fair queue, where tenants take turns: whose job it is, empty for nobody's. */
  readonly tenantOf: ((job: StoredJob, data: unknown) => string) | undefined;
  readonly onActive: (context: AttemptContext) => void;
  readonly guard: RunGuard;
  /** A run of a schedule was left out. */
  readonly onSkipped: (id: string, key: string, reason: string) => void;
  /** A job was put off, as the store is away. */
  readonly onPutOff: (error: Error) => void;
  /** Something went wrong beside the attempt itself. */
  readonly onError: (error: Error) => void;
}

/** The options that we have put beside BullMQ's. */
interface OwnJobOptions {
  readonly timeout?: number;
  readonly version?: number;
  readonly schedule?: object;
}

/** Runs attempts, and ends them from outside. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #state: StateStore;
  readonly #running = new Map<string, RunningAttempt>();
  /** Cancellations that came before we knew that we run the job: kept for a moment. */
  readonly #cancelled = new Map<string, Error>();
  /** Jobs whose `onExhausted` has been called in this attempt. */
  readonly #exhausted = new Set<string>();
  /** Jobs that have state to forget. */
  readonly #withState = new Set<string>();
  /** On when the worker shuts down and waits no longer. */
  readonly #giveBack: GiveBack = { isOn: false, count: 0 };
  /** What comes at the end of an attempt waits for the store, unless the worker shuts down. */
  readonly #mayWait = () => !this.#giveBack.isOn;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#state = options.environment.state;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  get runningIds(): string[] {
    return [...this.#running.keys()];
  }

  /** Runs one attempt to its end. Never rejects. */
  readonly run = async (active: ActiveJob): Promise<Outcome> => {
    const died = this.#whyDead(active.job);
    if (died) return { kind: 'failed', error: died, permanent: true };
    const context: AttemptContext = new AttemptContext(this.#options.environment, active, (error) =>
      this.#lose(running, error),
    );
    const running = new RunningAttempt(context, this.#giveBack);
    try {
      const asking = this.#prepare(context, active);
      const putOff = asking && (await asking);
      if (putOff) return putOff;
      if (!active.isHeld && !(await context.isOurs())) return { kind: 'lost' };
      this.#options.onActive(context);
      const ended = await this.#process(running, ownOptions(active.job).timeout);
      if (ended.kind === 'thrown') return await this.#failed(context, active, ended.error);
      if (ended.kind === 'released') return { kind: 'released', isDeath: running.isDeath };
      if (ended.kind !== 'completed') return ended;
      const checked = checkResult(this.#options.environment.queue, ended.value);
      const value = checked instanceof Promise ? await checked : checked;
      if (context.hasLogged) await this.#keepLogs(context);
      this.#options.guard.ended(context.queue, active.job, 'unstored');
      return { kind: 'completed', value: withoutDepth(value) };
    } catch (thrown) {
      return this.#failed(context, active, toError(thrown));
    } finally {
      context.end();
      if (this.#running.get(context.id) === running) this.#running.delete(context.id);
      if (context.locks) await this.#giveBackLocks(context.locks, running.hasStopped);
      if (context.usedState) this.#withState.add(context.id);
    }
  };

  /** The engine has heard that an attempt has lost its job. */
  lost(active: ActiveJob): void {
    const id = active.job.id ?? '';
    const running = this.#running.get(id);
    if (running?.context.stored === active.job) this.#lose(running, lockLost(id));
  }

  /** Ends a running attempt with an error; false when the job does not run here (now). */
  cancel(id: string, error: Error): boolean {
    const running = this.#running.get(id);
    if (!running) {
      this.#cancelled.set(id, error);
      // The message may be faster than the job. Ten seconds are ages for that; unref: it holds up no exit.
      setTimeout(() => this.#cancelled.delete(id), 10_000).unref();
      return false;
    }
    running.context.abort(error);
    running.end({ kind: 'thrown', error });
    return true;
  }

  /** Messages may have been missed: looks for what they would have said of the jobs that run here. */
  async lookForCancellations(): Promise<void> {
    await Promise.all(
      [...this.#running.values()].map(async ({ context }) => {
        const cancelled = await this.#options.findCancellation(context.stored);
        if (cancelled) this.cancel(context.id, cancelled);
      }),
    );
  }

  /**
   * Tells every running attempt to stop, gives those back that have not ended after `grace` ms, and returns the number of those.
   *
   * @param isCrash whether their jobs have lost their worker by a crash, which any of them may have caused
   */
  async giveBack(reason: Error, grace: number, isCrash: boolean): Promise<number> {
    const before = this.#giveBack.count;
    this.#giveBack.isOn = true;
    if (this.#running.size === 0) return 0;
    for (const running of this.#running.values()) {
      running.isDeath = isCrash;
      running.context.abort(reason);
    }
    await new Promise((resolve) => setTimeout(resolve, grace));
    for (const running of this.#running.values()) running.end({ kind: 'released' });
    return this.#giveBack.count - before;
  }

  /** The job is stored as completed: what it kept between attempts can go. Undefined when there is nothing. */
  forget(active: ActiveJob): Promise<unknown> | undefined {
    return this.#withState.delete(active.job.id ?? '') ? active.forget() : undefined;
  }

  /** The job is stored as failed for good. Calls `onExhausted` if no attempt of ours has: its worker kept dying. */
  async settleFailure(active: ActiveJob, error: Error): Promise<void> {
    const id = active.job.id ?? '';
    this.#withState.delete(id);
    if (this.#exhausted.delete(id)) return forgetExhaustion(this.#options, id);
    const context = new AttemptContext(this.#options.environment, active, () => undefined);
    try {
      await this.#read(context, active.job);
    } catch {
      // `data` stays undefined, which is how onExhausted hears that the data is the problem.
    }
    await exhaust({ ...this.#options, mayWait: this.#mayWait }, context, error);
    await forgetExhaustion(this.#options, id);
  }

  /** What a job fails of that has lost its workers too often. Its `onExhausted` is called when that is stored. */
  #whyDead(job: StoredJob): WorkerDiedError | undefined {
    const { maxDeaths } = this.#options;
    const deaths = deathsOf(job);
    if (deaths <= maxDeaths) return undefined;
    return new WorkerDiedError(
      `Its worker died ${deaths} ${deaths === 1 ? 'time' : 'times'} while it ran: it was killed, crashed, or was blocked ` +
        `for longer than \`lockDuration\`. A job survives ${maxDeaths} (\`maxStalledCount\`)`,
    );
  }

  /**
   * Reads the data, and asks what has to be asked. Answers an outcome where the processor is not to be called, and a
   * promise only where something has to be waited for: this is on the path of every job.
   */
  #prepare(context: AttemptContext, active: ActiveJob): Promise<Outcome | undefined> | undefined {
    const { queue } = this.#options.environment;
    if (active.job.attemptsStarted > 1 || queue.rateLimit || this.#cancelled.has(context.id)) {
      return this.#ask(context, active);
    }
    if (ownOptions(active.job).schedule) return this.#ask(context, active);
    const reading = this.#read(context, active.job);
    return reading && this.#ask(context, active, reading);
  }

  async #ask(context: AttemptContext, active: ActiveJob, reading?: Promise<void>): Promise<Outcome | undefined> {
    const { job } = active;
    if (job.attemptsStarted > 1) {
      const cancelled = await this.#options.findCancellation(job);
      if (cancelled) throw cancelled;
    }
    const run = scheduledRunOf(job);
    const verdict = run && (await this.#options.guard.ask(context.queue, job, run));
    if (verdict?.kind === 'skip') return this.#skip(context, run?.key ?? '', verdict.reason);
    if (verdict && 'data' in verdict) await this.#readData(context, verdict.data, this.#options.environment.queue);
    else await (reading ?? this.#read(context, job));
    // What the store has planned has no turn yet, and would go before all who have one.
    if (run && this.#options.tenantOf && job.priority === 0) return this.#delayed(context, active, this.#options.now());

    if (this.#options.environment.queue.rateLimit) {
      const start = await this.#takeStart(context, active);
      if (typeof start === 'string') return { kind: start };
      if (start > 0) await sleep(start);
    }
    // Told before the job was known to run here: of this attempt, or of one in another worker that it has ended.
    while (this.#cancelled.delete(context.id)) {
      const cancelled = await this.#options.findCancellation(job);
      if (cancelled) throw cancelled;
    }
    return undefined;
  }

  /** A run of a schedule that is not to be: its job ends without having been begun, and says why. */
  async #skip(context: AttemptContext, key: string, reason: string): Promise<Outcome> {
    context.logger.info({ schedule: key }, `this run is left out: ${reason}`);
    await this.#keepLogs(context);
    this.#options.onSkipped(context.id, key, reason);
    return { kind: 'completed', value: undefined };
  }

  /** Calls the processor, and resolves at its end or when the attempt is ended from outside, whichever is first. */
  #process(running: RunningAttempt, timeout: number | undefined): Promise<Ended> {
    const { context } = running;
    const earlier = this.#running.get(context.id);
    if (earlier) this.#lose(earlier, lockLost(context.id));
    this.#running.set(context.id, running);
    if (timeout !== undefined) running.limit(timeout);
    const early = this.#cancelled.get(context.id);
    if (early) this.cancel(context.id, early);
    // Taken before the worker was told to stop, and not begun.
    if (this.#giveBack.isOn) running.end({ kind: 'released' });
    if (running.isEnded) return running.ended;
    try {
      const result: unknown = this.#options.processor.process(context);
      const promise = result instanceof Promise ? result : Promise.resolve(result);
      promise.then(
        (value) => running.returned(value),
        (thrown) => running.threw(thrown),
      );
    } catch (thrown) {
      running.threw(thrown);
    }
    return running.ended;
  }

  #lose(running: RunningAttempt, error: Error): void {
    running.context.abort(error);
    running.end({ kind: 'lost' });
  }

  /** The locks of an attempt that was ended from outside are kept: its processor may still be at work. */
  async #giveBackLocks(locks: HeldLocks, hasStopped: boolean): Promise<void> {
    if (!hasStopped) return locks.leave();
    // Not given back, they run out by themselves.
    await locks.release().catch((problem) => this.#options.onError(toError(problem)));
  }

  /** Migrates and checks the data. A promise only where the schema needs one: this is on the path of every job. */
  #read(context: AttemptContext, job: StoredJob): Promise<void> | undefined {
    return this.#readData(context, job.data, { version: ownOptions(job).version ?? 1, name: job.name });
  }

  #readData(context: AttemptContext, stored: unknown, of: StoredVersion): Promise<void> | undefined {
    const data = readStored(this.#options.environment.queue, stored, of);
    if (data instanceof Promise) {
      return data.then((read) => {
        context.data = read;
      });
    }
    context.data = data;
    return undefined;
  }

  async #takeStart(context: AttemptContext, active: ActiveJob): Promise<number | 'parked' | 'lost'> {
    const { queue } = this.#options.environment;
    const { rateLimit } = queue;
    if (!rateLimit) return 0;
    const { max, per } = rateLimit;
    const isShared = typeof rateLimit.key === 'string';
    return active.takeStart({ key: storedName(rateKey(queue, context.data)), isShared, max, per });
  }

  /** A line that can't be kept is no reason to do again what has been done. */
  async #keepLogs(context: AttemptContext): Promise<void> {
    await context.flushLogs().catch((problem) => this.#options.onError(toError(problem)));
  }

  async #failed(context: AttemptContext, active: ActiveJob, error: Error): Promise<Outcome> {
    await this.#keepLogs(context);
    // Before anything is made of it: of a lost attempt nothing follows. Where the store gives no answer, the end's does.
    if (!(await context.isOurs(this.#mayWait).catch(() => true))) return { kind: 'lost' };
    const away = this.#whyPutOff(context, error);
    if (away) return this.#putOff(active, away);
    if (codeOf(error) === ERROR_CODES.RetryAfterError && 'delay' in error) {
      const until = await this.#comeBack(active.job, Number(error.delay));
      if (until !== undefined) return this.#delayed(context, active, until);
      error = new PermanentError(
        `Was put off by RetryAfterError for longer than the ${this.#options.environment.queue.maxRetryAfter} ms that ` +
          `\`maxRetryAfter\` allows, and has run ${active.job.attemptsStarted} times; the last time: ${error.message}`,
        { cause: error },
      );
    }
    const permanent = PERMANENT_CODES.has(codeOf(error)) || isPermanent(error);
    const shown = context.presentable(error);
    if (permanent || context.attempt >= context.maxAttempts) {
      this.#exhausted.add(context.id);
      await exhaust({ ...this.#options, mayWait: this.#mayWait }, context, shown);
    } else {
      await this.#takeNewTurn(context, active);
    }
    return { kind: 'failed', error: shown, permanent };
  }

  async #delayed(context: AttemptContext, active: ActiveJob, until: number): Promise<Outcome> {
    await this.#takeNewTurn(context, active);
    return { kind: 'delayed', until };
  }

  /** What an attempt died of that found the store away, or full; undefined for all that the job itself is to blame for. */
  #whyPutOff(context: AttemptContext, error: Error): Error | undefined {
    const code = codeOf(error);
    if (code === ERROR_CODES.JobTimeoutError) return context.away;
    const isDecided = code === ERROR_CODES.RetryAfterError || PERMANENT_CODES.has(code) || isPermanent(error);
    return isDecided ? undefined : findUnavailable(error);
  }

  #putOff({ job }: ActiveJob, away: Error): Outcome {
    const before = Math.max(0, job.attemptsStarted - job.attemptsMade - 1);
    const pause = Math.min(AWAY.most, AWAY.first * 2 ** before);
    this.#options.onPutOff(
      new EngineUnavailableError(`Jobs are put off, without using up an attempt: ${away.message}`, { cause: away }),
    );
    return { kind: 'delayed', until: this.#options.now() + pause };
  }

  /** In a fair queue a job that comes back stands in its tenant's line again, not before all others. */
  async #takeNewTurn(context: AttemptContext, active: ActiveJob): Promise<void> {
    const { tenantOf } = this.#options;
    if (!tenantOf || context.data === undefined) return;
    try {
      await active.takeTurn(tenantOf(active.job, context.data));
    } catch (problem) {
      // The job keeps its previous turn.
      this.#options.onError(toError(problem));
    }
  }

  /** When a job that was told to come back later may run again; undefined when it has been put off for too long. */
  async #comeBack(job: StoredJob, delay: number): Promise<number | undefined> {
    const now = this.#options.now();
    const { name, maxRetryAfter } = this.#options.environment.queue;
    const firstDelay = 'delay' in job.opts && typeof job.opts.delay === 'number' ? job.opts.delay : 0;
    const due = job.timestamp + firstDelay;
    if (now + delay <= due + maxRetryAfter) return now + delay;
    const begin = Math.max(due, (await whenRetried(this.#state, name, job.id ?? '')) ?? 0);
    const limit = begin + maxRetryAfter;
    return now >= limit ? undefined : Math.min(now + delay, limit);
  }
}

/** Codes after which no other attempt can help: the data stays wrong, the cancellation stays a cancellation. */
const PERMANENT_CODES: ReadonlySet<unknown> = new Set([
  ERROR_CODES.PermanentError,
  ERROR_CODES.JobDataError,
  ERROR_CODES.JobCancelledError,
]);

/** The error itself, or the first of its causes, that says that the store is away. */
function findUnavailable(error: Error): Error | undefined {
  let one: unknown = error;
  for (let depth = 0; depth < MAX_CAUSES && one instanceof Error; depth++) {
    if (codeOf(one) === ERROR_CODES.EngineUnavailableError) return one;
    one = one.cause;
  }
  return undefined;
}

/** BullMQ's own word for it, for processors that were written for BullMQ. */
function isPermanent(error: Error): boolean {
  return error.name === 'UnrecoverableError';
}

function ownOptions(job: StoredJob): OwnJobOptions {
  const own = 'bizinsights' in job.opts ? job.opts.bizinsights : undefined;
  return typeof own === 'object' && own !== null ? own : {};
}
