/** One queue's worker on BullMQ: carries out what the library decides. */

import { DelayedError, type Telemetry, UnrecoverableError, WaitingError } from 'bullmq';
import { defined } from '../../defined.js';
import { JobLockLostError, toError } from '../../errors.js';
import type { StoreClock } from '../clock-skew.js';
import type { ActiveJob, EngineWorker, EngineWorkerListener, EngineWorkerOptions, Outcome } from '../contract.js';
import type { AttemptStore } from './attempt-store.js';
import type { BullBackend, BullConnection } from './backend.js';
import { JobLocks } from './job-locks.js';
import type { PatientJobSchedulerOptions } from './job-scheduler.js';
import { LostAttempt, makeEndsLast } from './lasting-ends.js';
import { PatientWorker, type PatientWorkerParts, RETRY_DELAY } from './patient-worker.js';
import type { QueueStore } from './queue-store.js';
import { repeatStrategy } from './runs.js';

/** How often BullMQ lets a job lose its worker: the library itself decides when that is too often. PostgreSQL has 31 bits. */
const NEVER = 2 ** 31 - 1;

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

function lostLocks(ids: readonly string[]): string {
  const shown = ids.slice(0, 5).map((id) => `"${id}"`);
  return (
    `${ids.length} running jobs (${shown.join(', ')}${ids.length > shown.length ? ', …' : ''}) could not be kept for ` +
    "this worker: their locks are gone, or another worker's. Their attempts are ended. They may run elsewhere too"
  );
}
