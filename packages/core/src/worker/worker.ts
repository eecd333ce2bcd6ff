/** The worker process: one engine worker and one runner a queue, started, counted and shut down together. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cache } from '../cache/cache.js';
import type { Engine, EngineWorker } from '../engine/engine.js';
import { ERROR_CODES, JobCancelledError, toError } from '../errors.js';
import type { JobsEventEmitter, WorkerStats } from '../events.js';
import type { Logger } from '../logger.js';
import type { Enqueue } from '../processor/context.js';
import type { AnyProcessorDefinition } from '../processor/definition.js';
import { findCancellation, forgetCancellation, onCancellation } from '../queue/cancellation.js';
import { createRedactor } from '../queue/redact.js';
import { maxAttemptsOf } from '../queue/view.js';
import { onProcessEnd } from './process-end.js';
import { Runner } from './runner.js';
import { describeStats, QueueCounters, toStats } from './statistics.js';

/** What a processor that listens to its `signal` gets to end by itself, before its job is given back. ms */
const GIVE_BACK_GRACE = 250;

/** What the store gets to take the jobs back, before the connections are cut. ms */
const GIVE_BACK_LIMIT = 5_000;

/** Time between two looks for a store that is away. ms */
const RETRY_DELAY = 1_000;

/** One queue that a worker runs. */
export interface WorkerQueue {
  readonly processor: AnyProcessorDefinition;
  readonly concurrency: number;
}

/** What a worker is made of. */
export interface WorkerOptions {
  readonly engine: Engine;
  readonly cache: Cache;
  readonly events: JobsEventEmitter;
  readonly logger: Logger;
  readonly now: () => number;
  readonly enqueue: Enqueue;
  readonly queues: readonly WorkerQueue[];
  readonly handleSignals: boolean;
  readonly statsInterval: number;
  readonly shutdownTimeout: number;
  readonly lockDuration: number;
  readonly stalledInterval: number;
  readonly maxStalledCount: number;
  /** Closes what `jobs` opened: called before the process exits because of a signal. */
  readonly closeAll: () => Promise<void>;
}

/** A running worker. */
export interface WorkerHandle {
  /** What has been done since the start. */
  stats(): WorkerStats;
  /**
   * Takes no more jobs, waits for the running ones up to `timeout` ms (by default `shutdownTimeout`), then gives them
   * back to their queues, where another worker takes them at once. Idempotent.
   */
  close(options?: { timeout?: number }): Promise<void>;
}

/** The worker shuts down: the reason of `signal` then. The attempt counts as not made. */
class ShutdownError extends Error {
  override readonly name = 'ShutdownError';
}

/** One queue's parts. */
interface Lane {
  readonly name: string;
  readonly processor: AnyProcessorDefinition;
  readonly runner: Runner;
  readonly counters: QueueCounters;
  readonly engineWorker: EngineWorker;
  /** What goes on after a job is stored as failed: `onExhausted`, marks to delete. Waited for at the end. */
  readonly settling: Set<Promise<unknown>>;
}

/** Starts a worker. Resolves when every queue takes jobs. */
export async function startWorker(options: WorkerOptions): Promise<WorkerHandle> {
  const { engine, events, logger, now } = options;
  const startedAt = now();
  await untilReachable(engine, logger);
  const started: AnyProcessorDefinition[] = [];
  try {
    for (const { processor } of options.queues) {
      await processor.start?.();
      started.push(processor);
    }
  } catch (error) {
    for (const processor of started) await processor.stop?.();
    throw error;
  }

  const lanes = options.queues.map((queue) => openLane(options, queue));
  const byName = new Map(lanes.map((lane) => [lane.name, lane]));
  const unsubscribe = await onCancellation(
    engine,
    ({ queue, id, reason }) => byName.get(queue)?.runner.cancel(id, new JobCancelledError(reason)),
    () => {
      for (const { name, runner } of lanes) {
        for (const id of runner.runningIds) {
          findCancellation(engine, name, id).then(
            (reason) => reason !== undefined && runner.cancel(id, new JobCancelledError(reason)),
            (error) => report(options, name, toError(error)),
          );
        }
      }
    },
  );
  await Promise.all(lanes.map(({ engineWorker }) => engineWorker.ready()));
  banner(options);
  events.emit('worker:started', { queues: lanes.map(({ name }) => name) });

  const stats = () => toStats(startedAt, now(), new Map(lanes.map(({ name, counters }) => [name, counters])));
  const statsTimer = setInterval(() => {
    const current = stats();
    logger.info(describeStats(current));
    events.emit('worker:stats', current);
  }, options.statsInterval);
  statsTimer.unref();

  let closing: Promise<void> | undefined;
  let hurry: (reason: string) => void = () => {};
  const close = (timeout: number, reason: string): Promise<void> => {
    closing ??= (async () => {
      clearInterval(statsTimer);
      events.emit('worker:stopping', { reason });
      logger.info(`worker stops (${reason}): waits up to ${timeout} ms for ${sum(lanes, running)} running jobs`);
      const givenBack = await drain(lanes, timeout, (cut) => {
        hurry = cut;
      });
      await Promise.all(lanes.flatMap(({ settling }) => [...settling]));
      await unsubscribe();
      for (const { processor, name } of lanes) {
        await Promise.resolve(processor.stop?.()).catch((error) => report(options, name, toError(error)));
      }
      logger.info(givenBack > 0 ? `worker stopped; ${givenBack} jobs given back to their queues` : 'worker stopped');
      events.emit('worker:stopped', { givenBack });
    })();
    return closing;
  };

  const forgetProcess = options.handleSignals ? endWithProcess(options, close, (reason) => hurry(reason)) : () => {};
  return {
    stats,
    async close({ timeout = options.shutdownTimeout } = {}) {
      await close(timeout, 'close');
      forgetProcess();
    },
  };
}

/** A worker has nobody to tell that the store is away: it says so in the log, and tries again. */
async function untilReachable(engine: Engine, logger: Logger): Promise<void> {
  for (;;) {
    try {
      return await engine.ready();
    } catch (thrown) {
      const error = toError(thrown);
      if (!('code' in error && error.code === ERROR_CODES.EngineUnavailableError)) throw error;
      logger.warn(`worker waits for the job store: ${error.message}`);
      await sleep(RETRY_DELAY);
    }
  }
}

function openLane(options: WorkerOptions, { processor, concurrency }: WorkerQueue): Lane {
  const { engine, events, logger, now, cache, enqueue } = options;
  const { queue } = processor;
  const { name, tenant, defaults } = queue;
  const engineQueue = engine.queue(name);
  const onError = (error: Error) => report(options, name, error);
  const runner = new Runner({
    processor,
    now,
    onError,
    environment: {
      queue,
      cache,
      logger,
      enqueue,
      state: engine.state,
      redactor: createRedactor(queue.redact),
      onProgress: (id, progress) => events.emit('job:progress', { queue: name, id, progress }),
    },
    findCancellation: async (id) => {
      const reason = await findCancellation(engine, name, id);
      return reason === undefined ? undefined : new JobCancelledError(reason);
    },
    fairPriority: queue.fair
      ? async (data) => (await engineQueue.fairPriorities([String(tenant?.(data) ?? '')]))[0]
      : undefined,
    onActive: ({ id, attempt, maxAttempts }) => {
      if (events.listenerCount('job:active') > 0) events.emit('job:active', { queue: name, id, attempt, maxAttempts });
    },
  });
  const settling = new Set<Promise<unknown>>();
  const settle = (work: Promise<unknown>) => {
    const settled = work.catch((problem) => onError(toError(problem))).finally(() => settling.delete(settled));
    settling.add(settled);
  };
  const counters = new QueueCounters(concurrency, () => runner.runningCount);
  const { lockDuration, stalledInterval, maxStalledCount } = options;
  const engineWorker = engine.worker(
    name,
    runner.run,
    {
      concurrency,
      lockDuration,
      stalledInterval,
      maxStalledCount,
      completed: defaults.completed,
      failed: defaults.failed,
    },
    {
      completed(job) {
        const id = job.id ?? '';
        const duration = (job.finishedOn ?? 0) - (job.processedOn ?? 0);
        counters.completed += 1;
        counters.duration += duration;
        const forgotten = runner.forget(id);
        if (forgotten) settle(forgotten);
        if (events.listenerCount('job:completed') === 0) return;
        events.emit('job:completed', {
          queue: name,
          id,
          attempt: job.attemptsMade,
          maxAttempts: maxAttemptsOf(job),
          duration,
        });
      },
      failed(active, error, final) {
        const { job } = active;
        const id = job.id ?? '';
        const attempt = { queue: name, id, attempt: job.attemptsMade, maxAttempts: maxAttemptsOf(job) };
        const duration = (job.finishedOn ?? now()) - (job.processedOn ?? 0);
        logger.warn(
          { queue: name, job: id, err: error },
          `attempt ${attempt.attempt} of ${attempt.maxAttempts} failed: ${error.message}`,
        );
        events.emit('job:failed', { ...attempt, error, willRetry: !final, duration });
        if (!final) {
          counters.retried += 1;
          return;
        }
        counters.failed += 1;
        settle(runner.settleFailure(active, error));
        if (error instanceof JobCancelledError) settle(forgetCancellation(engine, name, id));
        events.emit('job:exhausted', { ...attempt, error });
      },
      stalled(id) {
        counters.stalled += 1;
        logger.warn({ queue: name, job: id }, 'the worker of this job is gone; it goes back to its queue');
        events.emit('job:stalled', { queue: name, id });
      },
      error: onError,
    },
  );
  return { name, processor, runner, counters, engineWorker, settling };
}

/** Waits for running jobs, gives back those that take too long, and answers how many those were. */
async function drain(
  lanes: readonly Lane[],
  timeout: number,
  onCut: (cut: (reason: string) => void) => void,
): Promise<number> {
  const closed = Promise.all(lanes.map(({ engineWorker }) => engineWorker.close())).then(() => true as const);
  const waited = withLimit(closed, timeout);
  onCut(waited.cut);
  if (await waited.done) return 0;
  const error = new ShutdownError('The worker shuts down; the job goes back to its queue');
  const givenBack = await Promise.all(lanes.map(({ runner }) => runner.giveBack(error, GIVE_BACK_GRACE)));
  if (!(await withLimit(closed, GIVE_BACK_LIMIT).done)) {
    await Promise.all(lanes.map(({ engineWorker }) => engineWorker.close(true)));
  }
  return givenBack.reduce((total, count) => total + count, 0);
}

/** `promise`, or false after `ms` or when `cut` is called. */
function withLimit(promise: Promise<true>, ms: number): { done: Promise<boolean>; cut: () => void } {
  let cut = () => {};
  const limit = new Promise<false>((resolve) => {
    const timer = setTimeout(resolve, ms, false);
    cut = () => resolve(false);
    promise.finally(() => clearTimeout(timer)).catch(() => undefined);
  });
  return { done: Promise.race([promise, limit]), cut };
}

/** Drains on a signal or an error that nobody caught, and exits. */
function endWithProcess(
  options: WorkerOptions,
  close: (timeout: number, reason: string) => Promise<void>,
  hurry: (reason: string) => void,
): () => void {
  const { logger, shutdownTimeout, closeAll } = options;
  const drainAndExit = async (reason: string, exitCode: number) => {
    try {
      await close(shutdownTimeout, reason);
      await closeAll();
    } catch (error) {
      logger.error({ err: toError(error) }, 'the shutdown failed');
      process.exit(1);
    }
    process.exit(exitCode);
  };
  return onProcessEnd({
    drain: (reason, exitCode) => void drainAndExit(reason, exitCode),
    hurry(reason) {
      logger.warn(`${reason} again: running jobs are given back now`);
      hurry(reason);
    },
    fatal(error, origin) {
      logger.error({ err: toError(error) }, `${origin}: the worker drains and exits with code 1`);
    },
  });
}

function banner({ engine, logger, queues }: WorkerOptions): void {
  const width = Math.max(...queues.map(({ processor }) => processor.queue.name.length));
  logger.info(`worker ${process.pid} on ${engine.kind} ${engine.address}`);
  for (const { processor, concurrency } of queues) {
    logger.info(`  ${processor.queue.name.padEnd(width)}  concurrency ${concurrency}`);
  }
}

function report({ logger, events }: WorkerOptions, queue: string, error: Error): void {
  logger.error({ queue, err: error }, error.message);
  events.emit('worker:error', { queue, error });
}

const running = ({ runner }: Lane) => runner.runningCount;
const sum = (lanes: readonly Lane[], count: (lane: Lane) => number) =>
  lanes.reduce((total, lane) => total + count(lane), 0);
