/** One queue's worker on BullMQ: carries out what the library decides. */

import {
  DelayedError,
  type IQueueBackend,
  type Job,
  type JobJson,
  type Telemetry,
  UnrecoverableError,
  WaitingError,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { defined } from '../../defined.js';
import { JobLockLostError, toError } from '../../errors.js';
import type { ClockGuard, StoreClock } from '../clock-skew.js';
import type { ActiveJob, EngineWorker, EngineWorkerListener, EngineWorkerOptions, Outcome } from '../contract.js';
import { BullActiveJob, type Turns } from './active-job.js';
import type { AttemptStore } from './attempt-store.js';
import type { BullBackend, BullConnection } from './backend.js';
import { type HeldLock, JobLocks } from './job-locks.js';
import { PatientJobScheduler, type PatientJobSchedulerOptions } from './job-scheduler.js';
import { LostAttempt, makeEndsLast } from './lasting-ends.js';
import type { QueueStore } from './queue-store.js';
import { QuickJob } from './quick-job.js';
import { repeatStrategy } from './runs.js';

/** How long to wait before asking again when the store is away. BullMQ's own 15 s would be felt after each restart. ms */
const RETRY_DELAY = 1_000;

/** How often BullMQ lets a job lose its worker: the library itself decides when that is too often. PostgreSQL has 31 bits. */
const NEVER = 2 ** 31 - 1;

const CLOCK_UNKNOWN =
  'The clock of this machine was changed, and the job store cannot be asked for its time. No jobs are taken until it can';

/** What an engine on BullMQ makes its workers with. */
export interface BullWorkerOptions extends EngineWorkerOptions {
  readonly queue: string;
  readonly address: string;
  readonly prefix: string;
  readonly telemetry: Telemetry | undefined;
  readonly connection: BullConnection;
  readonly backend: BullBackend;
  readonly attempts: AttemptStore;
  readonly store: Pick<QueueStore, 'takeTurns' | 'takeStart'>;
  /** See {@link PatientJobSchedulerOptions}. */
  readonly planNext?: PatientJobSchedulerOptions['planNext'];
  /** Shown as `processedBy` of its jobs. */
  readonly name: string;
  /** What wakes the worker is kept from the others: it has to look for the job, also while it closes. */
  readonly wakesAlone: boolean;
  /** Of a store that is not in this process: the worker takes no jobs while its own clock is too far off. */
  readonly clock: StoreClock | undefined;
}

/** Fails a job for good while BullMQ still gets its own class; `cause` is the error that counts. */
class PermanentFailure extends UnrecoverableError {
  override readonly cause: Error;

  constructor(cause: Error) {
    super(cause.message);
    this.cause = cause;
    if (cause.stack !== undefined) this.stack = cause.stack;
  }
}

/** What {@link PatientWorker} is made of, beside BullMQ's options. */
interface PatientWorkerParts extends Pick<BullWorkerOptions, 'attempts' | 'wakesAlone'> {
  readonly locks: JobLocks;
  readonly turns: Turns;
  /** Runs an attempt. Never rejects. */
  readonly run: (active: BullActiveJob) => Promise<Outcome>;
  /** Answers what a completed job returns, and throws what BullMQ knows the other outcomes by. */
  readonly carryOut: (active: BullActiveJob, outcome: Outcome, token: string | undefined) => Promise<unknown>;
}

/** A worker that holds its jobs' locks by {@link JobLocks}, from before their attempts until after their ends. */
class PatientWorker extends Worker<unknown, unknown, string, IQueueBackend> {
  readonly #locks: JobLocks;
  readonly #actives = new Map<Job, BullActiveJob>();
  readonly #attempts: AttemptStore;
  readonly #turns: Turns;
  readonly #wakesAlone: boolean;
  readonly #run: PatientWorkerParts['run'];
  readonly #carryOut: PatientWorkerParts['carryOut'];
  /** Whether BullMQ takes the queue for empty, which it unsets itself with the next job. */
  #isDrained = true;
  /** BullMQ's own way to note what the end of a job tells of a limit, and of the next delayed job. */
  readonly #updateDelays: unknown = Reflect.get(this, 'updateDelays');
  #planner: PatientJobScheduler | undefined;
  #clock: ClockGuard | undefined;

  constructor(name: string, options: WorkerOptions, backend: BullBackend, parts: PatientWorkerParts) {
    super(name, (job, token) => this.#process(this.activeOf(job), token), options, backend);
    this.#locks = parts.locks;
    this.#attempts = parts.attempts;
    this.#turns = parts.turns;
    this.#wakesAlone = parts.wakesAlone;
    this.#run = parts.run;
    this.#carryOut = parts.carryOut;
  }

  /** In the place of BullMQ's own, which it would make with the first run of a schedule. */
  usePlanner(patience: number, planNext: PatientJobSchedulerOptions['planNext']): void {
    this.#planner = new PatientJobScheduler(this.name, {
      worker: this.opts,
      backend: () => this.getBackend(),
      patience,
      planNext,
      onError: (error) => this.emit('error', error),
    });
    this._jobScheduler = this.#planner;
  }

  /** It takes no job while it is not known whether its clock is right. */
  useClock(clock: ClockGuard): void {
    this.#clock = clock;
  }

  /**
   * BullMQ's own, without its spans and what it does for locks and sandboxes, which are not used here: most of a stop is the
   * time of code that runs for the first time.
   */
  override close(force = false): Promise<void> {
    if (this.opts.telemetry) return super.close(force);
    this.closing ??= this.#end(force);
    return this.closing;
  }

  async #end(force: boolean): Promise<void> {
    const delay: unknown = Reflect.get(this, 'abortDelayController');
    if (delay instanceof AbortController) delay.abort();
    try {
      if (!force && this.mainLoopRunning) {
        await this.backend.disconnectBlocking(true);
        await this.mainLoopRunning;
      }
    } catch (error) {
      this.emit('error', toError(error));
    }
    await this.backend.close(force).catch((error: unknown) => this.emit('error', toError(error)));
    const stopRecovery: unknown = Reflect.get(this, 'stalledCheckStopper');
    if (typeof stopRecovery === 'function') stopRecovery();
    this.closed = true;
  }

  /** BullMQ asks again at once when the store refuses: no memory left, a disk that is full. That would be all it does. */
  protected override async moveToActive(token: string, name?: string) {
    // On PostgreSQL, to BullMQ a wait that `close` ends is one whose time is over. It leaves out errors of a closing worker.
    if (this.closing && !this.#wakesAlone) throw new Error('The worker is being closed');
    if (this.#clock?.hasJumped() && !(await this.#clock.confirm())) {
      if (!this.closing) await this.delay(RETRY_DELAY);
      throw new Error(CLOCK_UNKNOWN);
    }
    // Paused while it waited for a job, of which BullMQ would take one more. It leaves out errors of a paused worker.
    if (this.isPaused()) throw new Error('The worker has been paused');
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      if (!this.closing) await this.delay(RETRY_DELAY);
      throw error;
    }
  }

  /** Jobs that end themselves by a shorter way. */
  override get Job(): typeof Job {
    return QuickJob;
  }

  override async processJob(job: Job, token: string, fetchNext?: () => boolean) {
    const attempt = { id: job.id ?? '', started: job.attemptsStarted, addedAt: job.timestamp };
    const lock = this.#locks.hold(attempt, token, job.attemptsMade, ageOf(job));
    const planning = this.#planner?.planningOf(attempt.id);
    const active = new BullActiveJob(job, lock, this.#attempts, this.#turns, planning);
    this.#actives.set(job, active);
    // The end of a job takes the next one by our clock.
    const mayFetch = () => !this.#clock?.hasJumped() && (fetchNext?.() ?? true);
    try {
      const isQuick = job instanceof QuickJob && typeof this.#updateDelays === 'function';
      if (!isQuick || this.opts.telemetry || job.deferredFailure || planning)
        return await super.processJob(job, token, mayFetch);
      // What BullMQ does of a job that completes, without what it does for spans, for its locks and for a store that is away, which
      // have their places here, and in one promise. What ends otherwise goes BullMQ's way.
      const outcome = await this.#runOnce(active);
      if (outcome.kind !== 'completed') return await super.processJob(job, token, mayFetch);
      if (this.backend.closing) return undefined;
      try {
        const { value } = outcome;
        const answer = job.ended(await job.complete(value, token, mayFetch() && !this.closing && !this.paused));
        this.emit('completed', job, value, 'active');
        if (!Array.isArray(answer)) return undefined;
        const [json, id, limited, until] = answer;
        this.#updateDelays(limited, until);
        return this.#quickJobOf(json, id, token) ?? (await super.nextJobFromJobData(json, id, token));
      } catch (thrown) {
        const error = toError(thrown);
        if (!this.closing && !this.isPaused()) this.emit('error', error);
        active.problem = error;
        return await super.processJob(job, token, mayFetch);
      }
    } finally {
      lock.release();
      this.#actives.delete(job);
    }
  }

  /** What BullMQ calls as the processor. */
  async #process(active: BullActiveJob, token: string | undefined): Promise<unknown> {
    if (active.problem) throw active.problem;
    return await this.#carryOut(active, active.outcome ?? (await this.#runOnce(active)), token);
  }

  async #runOnce(active: BullActiveJob): Promise<Outcome> {
    active.isRunning = true;
    const outcome = await this.#run(active);
    active.isRunning = false;
    active.outcome = outcome;
    return outcome;
  }

  protected override nextJobFromJobData(json?: JobJson, id = '', token = ''): Promise<Job> {
    const job = this.#quickJobOf(json, id, token);
    return job ? Promise.resolve(job) : super.nextJobFromJobData(json, id, token);
  }

  /** BullMQ's way has promises for the runs of its schedules, which other jobs are not. Undefined where it is the one to go. */
  #quickJobOf(json: JobJson | undefined, id: string, token: string): Job | undefined {
    if (!json || json.repeatJobKey || this.#isDrained) {
      this.#isDrained = !json;
      return undefined;
    }
    const job = this.createJob(json, id);
    job.token = token;
    return job;
  }

  /** The attempts that run, of some locks. */
  runningOf(locks: readonly HeldLock[]): BullActiveJob[] {
    const wanted = new Set(locks);
    return [...this.#actives.values()].filter((active) => active.isRunning && wanted.has(active.lock));
  }

  activeOf(job: Job): BullActiveJob {
    const active = this.#actives.get(job);
    if (!active) throw new Error(`Job "${job.id}" is not one that this worker has taken`);
    return active;
  }
}

export function createBullWorker(
  options: BullWorkerOptions,
  run: (active: ActiveJob) => Promise<Outcome>,
  listener: EngineWorkerListener,
): EngineWorker {
  const { queue, prefix, telemetry, connection, attempts, concurrency, lockDuration, stalledInterval } = options;
  const carryOut: PatientWorkerParts['carryOut'] = async (active, outcome, token) => {
    const { job } = active;
    // Also of a run that is left out. Else the schedule would have no next one.
    if (active.planning?.isDone === false && !(await active.planning.done)) throw new LostAttempt();
    switch (outcome.kind) {
      case 'completed':
        return outcome.value;
      case 'failed':
        throw outcome.permanent ? new PermanentFailure(outcome.error) : outcome.error;
      case 'delayed':
        await job.moveToDelayed(outcome.until, token);
        throw new DelayedError();
      case 'released':
        // Where the store is away, it counts the death itself when the lock has run out.
        if (outcome.isDeath) await attempts.countDeath(active.attempt).catch((error) => listener.error(toError(error)));
        await job.moveToWait(token);
        throw new WaitingError();
      case 'parked':
        throw new DelayedError();
      case 'lost':
        throw new LostAttempt();
    }
  };

  const locks = new JobLocks({
    duration: lockDuration,
    renew: (ids, tokens) => worker.extendJobLocks(ids, tokens, lockDuration),
    onLost(lost) {
      const running = worker.runningOf(lost);
      if (running.length === 0) return;
      listener.error(new JobLockLostError(lostLocks(running.map(({ job }) => job.id ?? ''))));
      for (const active of running) listener.lost(active);
    },
    onError: (error) => listener.error(toError(error)),
  });
  const backend: BullBackend = (...parts) =>
    makeEndsLast({ backend: options.backend(...parts), locks, attempts, lockDuration });
  const worker: PatientWorker = new PatientWorker(
    queue,
    {
      connection,
      prefix,
      concurrency,
      lockDuration,
      skipLockRenewal: true,
      stalledInterval,
      maxStalledCount: NEVER,
      ...(options.completed ? { removeOnComplete: options.completed } : {}),
      ...(options.failed ? { removeOnFail: options.failed } : {}),
      name: options.name,
      autorun: false,
      runRetryDelay: RETRY_DELAY,
      settings: { repeatStrategy },
      ...defined({ telemetry }),
    },
    backend,
    {
      locks,
      attempts,
      run,
      carryOut,
      turns: { address: options.address, store: options.store, concurrency },
      wakesAlone: options.wakesAlone,
    },
  );
  // BullMQ's own planning hands its spans to the runs that it plans.
  worker.usePlanner(lockDuration / 2, telemetry ? undefined : options.planNext);
  worker.on('completed', (job) => listener.completed(worker.activeOf(job)));
  worker.on('failed', (job, error) => {
    if (!job) return;
    const cause = error instanceof PermanentFailure ? error.cause : error;
    listener.failed(worker.activeOf(job), cause, job.finishedOn !== undefined);
  });
  worker.on('stalled', (id) => listener.stalled(id));
  worker.on('error', (error) => {
    if (!(error instanceof LostAttempt)) listener.error(error);
  });
  const guard = options.clock?.guard({
    lockDuration,
    pause: () => worker.pause(true),
    resume: () => worker.resume(),
    onError: listener.error,
  });
  if (guard) worker.useClock(guard);
  const started = Promise.resolve(guard?.ready).then(() => {
    worker.run().catch((error) => worker.emit('error', toError(error)));
  });
  // `ready` tells of it.
  started.catch(() => undefined);
  return {
    async ready() {
      await started;
      await worker.waitUntilReady();
    },
    async close(force = false) {
      guard?.close();
      // What waits for the store to take its end waits no longer.
      if (force) locks.close();
      // BullMQ takes its first call's word: a worker that waits for its jobs is forced by taking its connections away.
      const closed = worker.close(force);
      if (force) await worker.getBackend().close(true);
      await closed;
      locks.close();
    },
  };
}

/** How long ago a job's lock was taken, at most: `processedOn` is of the moment in which it was asked for. ms */
function ageOf({ processedOn }: Job): number {
  return Math.max(0, Date.now() - (processedOn ?? 0));
}

function lostLocks(ids: readonly string[]): string {
  const shown = ids.slice(0, 5).map((id) => `"${id}"`);
  return (
    `${ids.length} running jobs (${shown.join(', ')}${ids.length > shown.length ? ', …' : ''}) could not be kept for ` +
    "this worker: their locks are gone, or another worker's. Their attempts are ended. They may run elsewhere too"
  );
}
