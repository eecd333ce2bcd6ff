/** `scheduleImmediateSync`: one integration now, and not in its rhythm. */

import type { AddedJob, Cache, QueueHandle } from '@bizinsights/jobs-core';
import { defined } from '@bizinsights/jobs-core';
import { type DataSyncJobInput, type DataSyncQueue, dataSyncQueue } from './queue.js';
import { findRunning, isPlain } from './running-mark.js';

/** As much of `jobs` as is needed. */
export interface SyncJobs {
  readonly cache: Cache;
  queue(queue: DataSyncQueue): QueueHandle<DataSyncQueue>;
}

/** How a job that is added for a waiting user differs from a scheduled one. */
export interface ImmediateSyncOptions extends Omit<DataSyncJobInput, 'integrationId'> {
  /** Default 0: before all scheduled ones that have a priority. */
  readonly priority?: number;
}

/**
 * Syncs an integration at once. Where one like it waits or runs already, nothing is added, and the answer is that one's
 * id, with `deduplicated: true`.
 *
 * @throws {JobDataError} for what the queue refuses
 * @example
 * ```ts
 * const { id } = await scheduleImmediateSync(jobs, integration.id, { organizationId });
 * await jobs.queue(dataSyncQueue).waitFor(id);
 * ```
 */
export async function scheduleImmediateSync(
  jobs: SyncJobs,
  integrationId: string,
  { priority, ...rest }: ImmediateSyncOptions = {},
): Promise<AddedJob> {
  const queue = jobs.queue(dataSyncQueue);
  const data = { ...rest, integrationId };
  if (isPlain(data)) {
    const running = await findRunning(jobs.cache, integrationId);
    const job = running === undefined ? undefined : await queue.get(running);
    if (job && UNFINISHED.has(job.state)) return { queue: queue.name, id: job.id, deduplicated: true };
  }
  const { mode = 'incremental', streams = [], since = '' } = data;
  const key = `data-sync:${JSON.stringify([integrationId, mode, [...streams].sort(), since])}`;
  return await queue.add(data, { deduplicate: { key }, ...defined({ priority }) });
}

const UNFINISHED: ReadonlySet<string> = new Set(['active', 'delayed', 'waiting', 'prioritized']);
