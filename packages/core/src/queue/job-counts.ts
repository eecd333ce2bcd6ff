/** What is counted of a job beside its attempts. */
import type { StoredJob, StoredState } from '../engine/contract.js';

/** How often a job has been started, and which of its starts were no attempts. Each begins at 0 with a retry by hand. */
export interface JobCounts {
  /** How often a worker has taken it to run it. */
  readonly starts: number;
  /** Starts that ended as the worker died, or lost the job's lock. `maxStalledCount` of `startWorker` bounds them. */
  readonly deaths: number;
  /**
   * Starts after which it was put off or given back: by `RetryAfterError`, a rate limit, an outage of the store or the end
   * of its worker.
   */
  readonly putOffs: number;
}

/** Begins the stored stack of a job that failed for its deaths: the start at which that was found ran no processor. */
const FOUND_DEAD = 'WorkerDiedError: ';

export function countsOf(job: StoredJob, state: StoredState): JobCounts {
  const [startsBefore] = countsBefore(job);
  const starts = Math.max(0, job.attemptsStarted - startsBefore);
  const deaths = deathsOf(job);
  const running = state === 'active' ? 1 : 0;
  const found = state === 'failed' && job.stacktrace?.at(-1)?.startsWith(FOUND_DEAD) ? 1 : 0;
  return {
    starts: Math.max(0, starts - found),
    deaths,
    putOffs: Math.max(0, starts - job.attemptsMade - deaths - running),
  };
}

export function deathsOf(job: StoredJob): number {
  const [, deathsBefore] = countsBefore(job);
  return Math.max(0, job.stalledCounter - deathsBefore);
}

function countsBefore(job: StoredJob): readonly [starts: number, deaths: number] {
  const retried = 'bizinsightsRetried' in job.opts ? job.opts.bizinsightsRetried : undefined;
  const [starts, deaths]: unknown[] = Array.isArray(retried) ? retried : [];
  return [typeof starts === 'number' ? starts : 0, typeof deaths === 'number' ? deaths : 0];
}
