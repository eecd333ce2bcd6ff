/** One queue's worker on BullMQ: carries out what the library decides. */
import {
  DelayedError,
  type IQueueBackend,
  type Job,
  type Telemetry,
  UnrecoverableError,
  WaitingError,
  Worker,
} from 'bullmq';
import type { BullBackend, BullConnection } from './bullmq-backend.js';
import { repeatStrategy } from './bullmq-runs.js';
import type { StoreClock } from './clock-skew.js';
import type { ActiveJob, EngineWorker, EngineWorkerListener, EngineWorkerOptions, Outcome } from './engine.js';

/** Log lines kept on one job; older ones go. */
const KEEP_LOGS = 1_000;

/** How long to wait before asking again when the store is away. BullMQ's own 15 s would be felt after each restart. ms */
const RETRY_DELAY = 1_000;

/** What an engine on BullMQ makes its workers with. */
export interface BullWorkerOptions extends EngineWorkerOptions {
  readonly queue: string;
  readonly prefix: string;
  readonly telemetry: Telemetry | undefined;
  readonly connection: BullConnection;
  readonly backend: BullBackend;
  /** Shown as `processedBy` of its jobs. */
  readonly name: string;
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

/** BullMQ asks again at once when the store refuses: no memory left, a disk that is full. That would be all it does. */
class PatientWorker extends Worker<unknown, unknown, string, IQueueBackend> {
  protected override async moveToActive(token: string, name?: string) {
    // Paused while it waited for a job, of which BullMQ would take one more. It leaves out errors of a paused worker.
    if (this.isPaused()) throw new Error('The worker has been paused');
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      if (!this.closing) await this.delay(RETRY_DELAY);
      throw error;
    }
  }
}

export function createBullWorker(
  options: BullWorkerOptions,
  run: (active: ActiveJob) => Promise<Outcome>,
  listener: EngineWorkerListener,
): EngineWorker {
  const { queue, prefix, telemetry, connection, backend, concurrency, lockDuration, stalledInterval } = options;
  const process = async (job: Job, token?: string): Promise<unknown> => {
    const outcome = await run(new BullActiveJob(job));
    switch (outcome.kind) {
      case 'completed':
        return outcome.value;
      case 'failed':
        throw outcome.permanent ? new PermanentFailure(outcome.error) : outcome.error;
      case 'delayed':
        await job.moveToDelayed(outcome.until, token);
        throw new DelayedError();
      case 'released':
        await job.moveToWait(token);
        throw new WaitingError();
    }
  };

  const worker = new PatientWorker(
    queue,
    process,
    {
      connection,
      prefix,
      concurrency,
      lockDuration,
      stalledInterval,
      maxStalledCount: options.maxStalledCount,
      ...(options.completed ? { removeOnComplete: options.completed } : {}),
      ...(options.failed ? { removeOnFail: options.failed } : {}),
      name: options.name,
      autorun: false,
      runRetryDelay: RETRY_DELAY,
      settings: { repeatStrategy },
      ...(telemetry ? { telemetry } : {}),
    },
    backend,
  );
  worker.on('completed', (job) => listener.completed(job));
  worker.on('failed', (job, error) => {
    if (!job) return;
    const cause = error instanceof PermanentFailure ? error.cause : error;
    listener.failed(new BullActiveJob(job), cause, job.finishedOn !== undefined);
  });
  worker.on('stalled', (id) => listener.stalled(id));
  worker.on('lockRenewalFailed', (ids) => listener.error(new Error(lostLocks(ids))));
  worker.on('error', (error) => {
    // Told above, once for all jobs.
    if (!/^could not renew lock for job /.test(error.message)) listener.error(error);
  });
  const guard = options.clock?.guard({
    lockDuration,
    pause: () => worker.pause(true),
    resume: () => worker.resume(),
    onError: listener.error,
  });
  const started = Promise.resolve(guard?.ready).then(() => {
    worker.run().catch((error) => worker.emit('error', error));
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
      // BullMQ takes its first call's word: a worker that waits for its jobs is forced by taking its connections away.
      const closed = worker.close(force);
      if (force) await worker.getBackend().close(true);
      await closed;
    },
  };
}

function lostLocks(ids: readonly string[]): string {
  const shown = ids.slice(0, 5).map((id) => `"${id}"`);
  return (
    `${ids.length} running jobs (${shown.join(', ')}${ids.length > shown.length ? ', …' : ''}) could not be kept for ` +
    'this worker: it was cut off for longer than `lockDuration`, or its event loop was blocked. They may run elsewhere too'
  );
}

/** What an attempt does to its job. */
class BullActiveJob implements ActiveJob {
  constructor(readonly job: Job) {}

  progress(value: object | number | string | boolean): Promise<void> {
    return this.job.updateProgress(value);
  }

  async log(line: string): Promise<void> {
    // Of this copy of the options only; the stored job has no such option.
    this.job.opts.keepLogs ??= KEEP_LOGS;
    await this.job.log(line);
  }

  async setPriority(priority: number): Promise<void> {
    await this.job.changePriority({ priority });
  }
}
