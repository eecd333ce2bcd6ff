/** BullMQ's worker and its job, where the library does something else. */

import { type IQueueBackend, Job, type JobJson, type JobProgress, Worker, type WorkerOptions } from 'bullmq';
import { toError } from '../../errors.js';
import type { ClockGuard } from '../clock-skew.js';
import type { Outcome } from '../contract.js';
import { BullActiveJob, type Turns } from './active-job.js';
import type { AttemptStore } from './attempt-store.js';
import type { BullBackend } from './backend.js';
import type { HeldLock, JobLocks } from './job-locks.js';
import { PatientJobScheduler, type PatientJobSchedulerOptions } from './job-scheduler.js';

/** How long to wait before asking again when the store is away. BullMQ's own 15 s would be felt after each restart. ms */
export const RETRY_DELAY = 1_000;

const CLOCK_UNKNOWN =
  'The clock of this machine was changed, and the job store cannot be asked for its time. No jobs are taken until it can';

/** What a store answers to the end of a job: when that was, and the next job where one was asked for. */
type EndedJob = Awaited<ReturnType<IQueueBackend['moveToCompleted']>>;

/** A job whose end BullMQ wraps in no more promises than it needs. */
class QuickJob<Data, Result, Name extends string, Progress extends JobProgress> extends Job<
  Data,
  Result,
  Name,
  Progress
> {
  override async moveToCompleted(value: Result, token: string, fetchNext = true) {
    if (this.queue.opts.telemetry) return await super.moveToCompleted(value, token, fetchNext);
    return this.ended(await this.complete(value, token, fetchNext));
  }

  /** Writes its end. `ended` is to be given the answer. */
  complete(value: Result, token: string, fetchNext: boolean): Promise<EndedJob> {
    this.returnvalue = value;
    const remove = this.opts.removeOnComplete ?? this.queue.opts.removeOnComplete ?? false;
    return this.backend.moveToCompleted(this, value, remove, token, fetchNext);
  }

  ended({ result, finishedOn }: EndedJob): EndedJob['result'] {
    this.finishedOn = finishedOn;
    this.attemptsMade += 1;
    return result;
  }
}

/** What {@link PatientWorker} is made of, beside BullMQ's options. */
export interface PatientWorkerParts {
  readonly attempts: AttemptStore;
  /** What wakes the worker is kept from the others: it has to look for the job, also while it closes. */
  readonly wakesAlone: boolean;
  readonly locks: JobLocks;
  readonly turns: Turns;
  /** Runs an attempt. Never rejects. */
  readonly run: (active: BullActiveJob) => Promise<Outcome>;
  /** Answers what a completed job returns, and throws what BullMQ knows the other outcomes by. */
  readonly carryOut: (active: BullActiveJob, outcome: Outcome, token: string | undefined) => Promise<unknown>;
}

/** A worker that holds its jobs' locks by {@link JobLocks}, from before their attempts until after their ends. */
export class PatientWorker extends Worker<unknown, unknown, string, IQueueBackend> {
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
      if (!isQuick || this.opts.telemetry || job.deferredFailure) return await super.processJob(job, token, mayFetch);
      // What BullMQ does of a job that completes, without what it does for spans, for its locks and for a store that is away,
      // which have their places here, and in one promise. What ends otherwise goes BullMQ's way.
      const outcome = await this.#runOnce(active);
      const isPlanned = planning?.isDone !== false;
      if (outcome.kind !== 'completed' || !isPlanned) return await super.processJob(job, token, mayFetch);
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

  /** BullMQ's way has promises for the runs of a host's own job schedulers. Undefined where it is the one to go. */
  #quickJobOf(json: JobJson | undefined, id: string, token: string): Job | undefined {
    const isFirst = this.#isDrained;
    this.#isDrained = !json;
    if (!json || isFirst) return undefined;
    const job = this.createJob(json, id);
    job.token = token;
    const { repeatJobKey: key, opts } = job;
    const isQuick = !key || (this.#planner?.begin(key, 'repeat' in opts ? opts.repeat : undefined, opts, id) ?? false);
    return isQuick ? job : undefined;
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

/** How long ago a job's lock was taken, at most: `processedOn` is of the moment in which it was asked for. ms */
function ageOf({ processedOn }: Job): number {
  return Math.max(0, Date.now() - (processedOn ?? 0));
}
