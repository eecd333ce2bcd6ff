/** One queue's part of a worker: its runner, what the store reports of its jobs, and what follows from that. */
import type { Cache } from '../coordination/cache.js';
import type { Engine, EngineWorker } from '../engine/contract.js';
import { JobCancelledError, toError } from '../errors.js';
import { emitPluginEvent, type JobsEventEmitter } from '../events.js';
import type { Logger } from '../logger.js';
import type { Enqueue } from '../processor/context.js';
import type { AnyProcessorDefinition } from '../processor/definition.js';
import { findCancellation, forgetCancellation } from '../queue/cancellation.js';
import { keptTenant } from '../queue/job-tenant.js';
import { createRedactor } from '../queue/redact.js';
import { tenantName } from '../queue/tenant.js';
import { maxAttemptsOf } from '../queue/view.js';
import type { RunGuard } from '../scheduler/run-guard.js';
import { type ErrorReport, limitRepeats } from './error-report.js';
import { logFailure } from './failure-line.js';
import { Runner } from './runner.js';
import { QueueCounters } from './statistics.js';

/** One queue that a worker runs. */
export interface WorkerQueue {
  readonly processor: AnyProcessorDefinition;
  readonly concurrency: number;
}

/** What all lanes of a worker share. */
export interface LaneOptions {
  readonly engine: Engine;
  readonly cache: Cache;
  readonly events: JobsEventEmitter;
  readonly logger: Logger;
  readonly now: () => number;
  readonly enqueue: Enqueue;
  /** Asked before a run of a schedule. */
  readonly guard: RunGuard;
  /** Brings the schedules of a queue's processor in line soon. */
  readonly refreshSchedules: (queue: string) => void;
  readonly lockDuration: number;
  readonly stalledInterval: number;
  readonly maxStalledCount: number;
}

/** One queue's parts. */
export interface Lane {
  readonly name: string;
  readonly processor: AnyProcessorDefinition;
  readonly runner: Runner;
  readonly counters: QueueCounters;
  readonly engineWorker: EngineWorker;
  /** What goes on after a job is stored as failed: `onExhausted`, marks to delete. Waited for at the end. */
  readonly settling: Set<Promise<unknown>>;
}

/** Opens a queue's part; it takes jobs as soon as the store can be reached. */
export function openLane(options: LaneOptions, { processor, concurrency }: WorkerQueue, report: ErrorReport): Lane {
  const { engine, events, logger, now, cache, enqueue, guard, refreshSchedules } = options;
  const { queue } = processor;
  const { name, defaults } = queue;
  const reportRepeated = limitRepeats(report);
  const onError = (error: Error) => report(error, name);
  const runner = new Runner({
    processor,
    now,
    maxDeaths: options.maxStalledCount,
    onError,
    onPutOff: (error) => reportRepeated(error, name),
    environment: {
      queue,
      cache,
      logger,
      enqueue,
      now,
      refreshSchedules: () => refreshSchedules(name),
      emit: (event, payload) => emitPluginEvent(events, event, payload),
      state: engine.state,
      redactor: createRedactor(queue.redact),
      onProgress: (id, progress) => events.emit('job:progress', { queue: name, id, progress }),
    },
    findCancellation: async (job) => {
      const reason = await findCancellation(engine, name, job);
      return reason === undefined ? undefined : new JobCancelledError(reason);
    },
    tenantOf: queue.fair ? (job, data) => keptTenant(job) ?? tenantName(queue, data) : undefined,
    guard,
    onSkipped: (id, key, reason) => events.emit('schedule:skipped', { queue: name, id, key, reason }),
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
  const { lockDuration, stalledInterval } = options;
  const engineWorker = engine.worker(
    name,
    runner.run,
    {
      concurrency,
      lockDuration,
      stalledInterval,
      completed: defaults.completed,
      failed: defaults.failed,
    },
    {
      completed(active) {
        const { job } = active;
        const id = job.id ?? '';
        const duration = (job.finishedOn ?? 0) - (job.processedOn ?? 0);
        counters.complete(duration);
        const forgotten = runner.forget(active);
        if (forgotten) settle(forgotten);
        guard.ended(name, job, 'stored');
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
        const written = guard.failed(name, job);
        if (written) settle(written);
        logFailure(logger, attempt, error, final);
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
      lost: (active) => runner.lost(active),
      stalled(id) {
        counters.stalled += 1;
        logger.warn({ queue: name, job: id }, 'the worker of this job is gone; it goes back to its queue');
        events.emit('job:stalled', { queue: name, id });
      },
      error: (error) => reportRepeated(error, name),
    },
  );
  return { name, processor, runner, counters, engineWorker, settling };
}
