/** A stored job as the host sees it. */
import type { StoredJob, StoredState } from '../engine/contract.js';
import type { AnyQueueDefinition, DataOutput, ResultOf } from './definition.js';
import { countsOf, type JobCounts } from './job-counts.js';
import { tenantOfJob } from './job-tenant.js';

/** The state of a job. A prioritized job is a waiting one. */
export type JobState = 'waiting' | 'delayed' | 'active' | 'completed' | 'failed' | 'waiting-children';

/** A job: what was asked, how far it is, how it ended. Times are epoch ms. */
export interface JobView<Q extends AnyQueueDefinition = AnyQueueDefinition> extends JobCounts {
  readonly id: string;
  readonly queue: Q['name'];
  /** That of BullMQ's `queue.add(name, data)`, where it is not the queue's. */
  readonly name?: string;
  readonly state: JobState;
  /** Whose it is, by the queue's `tenant`, as was decided when it was added; undefined where it is nobody's. */
  readonly tenant: string | undefined;
  /** As stored: not migrated, not checked again, not redacted. */
  readonly data: DataOutput<Q>;
  /** Only of a completed job. */
  readonly result: ResultOf<Q> | undefined;
  readonly progress: unknown;
  /** Attempts that have ended. */
  readonly attemptsMade: number;
  readonly maxAttempts: number;
  readonly priority: number;
  readonly delay: number;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /** Why the last attempt failed. */
  readonly failedReason: string | undefined;
  /** The stack of each failed attempt, oldest first. */
  readonly stacktrace: readonly string[];
  /** The worker that ran it last. */
  readonly worker: string | undefined;
}

/** The number of attempts that a stored job has in all. */
export function maxAttemptsOf(job: StoredJob): number {
  const attempts: unknown = 'attempts' in job.opts ? job.opts.attempts : undefined;
  return typeof attempts === 'number' && attempts > 0 ? attempts : 1;
}

/** What a processor returned. The store has null for `undefined`; it is `undefined` again unless null is a result too. */
export function toResult<Q extends AnyQueueDefinition>(queue: Q, value: unknown): ResultOf<Q> {
  const isAbsent = value === null && !queue.result?.safeParse(null).success;
  return (isAbsent ? undefined : value) as ResultOf<Q>;
}

export function toJobView<Q extends AnyQueueDefinition>(queue: Q, job: StoredJob, state: StoredState): JobView<Q> {
  return {
    id: job.id ?? '',
    queue: queue.name,
    ...(job.name === queue.name ? {} : { name: job.name }),
    state: state === 'prioritized' ? 'waiting' : state,
    tenant: tenantOfJob(queue, job),
    data: job.data as DataOutput<Q>,
    result: state === 'completed' ? toResult(queue, job.returnvalue) : undefined,
    progress: job.progress,
    attemptsMade: job.attemptsMade,
    maxAttempts: maxAttemptsOf(job),
    ...countsOf(job, state),
    priority: job.priority,
    delay: job.delay,
    createdAt: job.timestamp,
    startedAt: job.processedOn,
    finishedAt: job.finishedOn,
    failedReason: job.failedReason || undefined,
    stacktrace: job.stacktrace ?? [],
    worker: job.processedBy,
  };
}
