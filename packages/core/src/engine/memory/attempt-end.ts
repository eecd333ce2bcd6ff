/** How an attempt ends in memory: what BullMQ does with each outcome, its backoff and its retention. */

import { toError } from '../../errors.js';
import type { Backoff, Keep, Outcome } from '../contract.js';
import type { MemoryJob } from './job.js';
import type { MemoryQueue } from './queue.js';

/** What became of a job after an attempt. */
export type AttemptEnd = 'completed' | 'failed' | 'retried' | 'delayed' | 'released';

/** What the end of an attempt needs. */
export interface EndOptions {
  readonly now: () => number;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  /** Retention of jobs that say nothing of it themselves. */
  readonly completed: Keep;
  readonly failed: Keep;
}

/** Stores an outcome. `error` is why it failed, if it did: also a result that JSON has no word for. */
export function endAttempt(
  queue: MemoryQueue,
  job: MemoryJob,
  outcome: Exclude<Outcome, { readonly kind: 'lost' | 'parked' }>,
  options: EndOptions,
): { readonly end: AttemptEnd; readonly error?: Error } {
  switch (outcome.kind) {
    case 'completed':
      try {
        job.returnvalue = outcome.value;
      } catch (thrown) {
        return fail(queue, job, toError(thrown), false, options);
      }
      job.attemptsMade += 1;
      finish(queue, job, 'completed', job.options.removeOnComplete ?? options.completed, options.now());
      return { end: 'completed' };
    case 'failed':
      return fail(queue, job, outcome.error, outcome.permanent, options);
    case 'delayed':
      queue.jobs.delay(job, Math.max(0, outcome.until - options.now()));
      return { end: 'delayed' };
    case 'released':
      if (outcome.isDeath) job.stalledCounter += 1;
      queue.jobs.putBack(job);
      return { end: 'released' };
  }
}

function fail(queue: MemoryQueue, job: MemoryJob, error: Error, permanent: boolean, options: EndOptions) {
  job.failedReason = error.message;
  if (error.stack) job.stacktrace.push(error.stack);
  job.attemptsMade += 1;
  const { attempts = 1, backoff } = job.options;
  if (permanent || job.attemptsMade >= attempts) {
    finish(queue, job, 'failed', job.options.removeOnFail ?? options.failed, options.now());
    return { end: 'failed', error } as const;
  }
  const wait = backoff ? backoffDelay(backoff, job.attemptsMade, options.random) : 0;
  if (wait > 0) queue.jobs.delay(job, wait);
  else queue.jobs.enqueue(job);
  return { end: 'retried', error } as const;
}

/** BullMQ's own arithmetic (`Backoffs.builtinStrategies`). */
function backoffDelay({ type, delay, jitter = 0 }: Backoff, attemptsMade: number, random: () => number): number {
  const full = type === 'fixed' ? delay : Math.round(2 ** (attemptsMade - 1) * delay);
  return jitter > 0 ? Math.floor(random() * full * jitter + full * (1 - jitter)) : full;
}

function finish(queue: MemoryQueue, job: MemoryJob, state: 'completed' | 'failed', keep: Keep, now: number): void {
  queue.jobs.finish(job, state);
  queue.ended(job);
  if (!keep) return;
  // Not to be kept: BullMQ then leaves the others alone.
  if (keep.count === 0) {
    queue.jobs.expire(job);
    return;
  }
  const { jobs } = queue.jobs.list(state);
  const kept = 'age' in keep ? jobs.filter(({ finishedOn }) => (finishedOn ?? now) > now - keep.age * 1_000) : jobs;
  const last = keep.count === undefined ? kept : kept.slice(Math.max(0, kept.length - keep.count));
  const stay = new Set(last);
  for (const old of jobs) if (!stay.has(old)) queue.jobs.expire(old);
}
