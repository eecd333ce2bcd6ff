/** Tells who asks for a sync that one is running already, whoever has added it. */
import type { Cache, JobContext } from '@bizinsights/jobs-core';
import type { DataSyncJob, DataSyncJobInput, DataSyncQueue } from './queue.js';

/** As long as a job may be put off: what is older says nothing. 7 days in ms. */
const TTL = 7 * 24 * 3_600_000;

const key = (integrationId: string) => `data-sync:running:${integrationId}`;

/** The plain sync of everything that is new: another one beside it would bring nothing. */
export function isPlain({ mode = 'incremental', streams, since }: DataSyncJob | DataSyncJobInput): boolean {
  return mode === 'incremental' && streams === undefined && since === undefined;
}

/** The mark stays when the job ends: whoever finds it looks at the job itself. */
export async function markRunning({ cache, data, id }: JobContext<DataSyncQueue>): Promise<void> {
  if (isPlain(data)) await cache.set(key(data.integrationId), id, TTL);
}

/** The id of the job that ran last. */
export function findRunning(cache: Cache, integrationId: string): Promise<string | undefined> {
  return cache.get<string>(key(integrationId));
}
