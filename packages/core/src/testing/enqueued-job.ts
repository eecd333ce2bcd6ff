/** A job that was added, as a test looks at it. */
import { defined } from '../defined.js';
import type { StoredOptions } from '../engine/contract.js';
import type { MemoryJob } from '../engine/memory/job.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { JobOptions } from '../queue/job-options.js';
import { type JobState, type JobView, toJobView } from '../queue/view.js';

/** What was added and what has become of it: {@link JobView} with the options of `add`. */
export interface EnqueuedJob<Q extends AnyQueueDefinition = AnyQueueDefinition> extends Omit<JobView<Q>, 'state'> {
  /** `removed`: by hand, before it had ended. What retention has removed keeps the state in which it ended. */
  readonly state: JobState | 'removed';
  /** The options that hold for the job: those of `add` over the queue's defaults. `delay` and `priority` are 0 by default. */
  readonly options: Omit<JobOptions, 'id' | 'retention'>;
}

export function toEnqueuedJob<Q extends AnyQueueDefinition>(queue: Q, job: MemoryJob): EnqueuedJob<Q> {
  const { state } = job;
  const view = toJobView(queue, job.snapshot(), state === 'removed' ? 'waiting' : state);
  return { ...view, ...(state === 'removed' ? { state } : {}), options: toJobOptions(job.options) };
}

function toJobOptions(stored: StoredOptions): EnqueuedJob['options'] {
  const { attempts, backoff, delay = 0, priority = 0, deduplication, bizinsights } = stored;
  return {
    delay,
    priority,
    ...defined({ attempts, backoff, timeout: bizinsights?.timeout }),
    ...(deduplication === undefined ? {} : { deduplicate: toDeduplicate(deduplication) }),
  };
}

function toDeduplicate({ id, ttl }: { readonly id: string; readonly ttl?: number }): { key: string; ttl?: number } {
  return { key: id, ...defined({ ttl }) };
}
