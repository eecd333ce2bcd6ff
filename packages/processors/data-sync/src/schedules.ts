/** The recurring syncs: one schedule an integration, in its platform's rhythm or its own. */
import type { AnyPlatform } from '@bizinsights/jobs-platforms';
import type { Integration, IntegrationStore } from './ports.js';
import { type DataSyncJobInput, dataSyncQueue } from './queue.js';

/** The key of an integration's schedule, for `jobs.scheduler`. */
export function syncScheduleKey(integrationId: string): string {
  return `data-sync:${integrationId}`;
}

/**
 * What is wanted of the scheduler: a schedule for each integration whose platform is known. That of one which has lost
 * its access is paused until the account is connected again; a disabled one has none.
 */
export async function* dataSyncSchedules(integrations: IntegrationStore, platforms: readonly AnyPlatform[]) {
  const rhythms = new Map(platforms.map(({ id, rhythm }) => [id, rhythm]));
  for await (const integration of integrations.scheduled()) {
    const rhythm = rhythms.get(integration.platform);
    if (rhythm !== undefined) yield scheduleOf(integration, rhythm);
  }
}

function scheduleOf({ id, organizationId, platform, status, rhythm }: Integration, standard: number) {
  const data: DataSyncJobInput = { integrationId: id, organizationId };
  return {
    key: syncScheduleKey(id),
    queue: dataSyncQueue,
    data,
    ...(rhythm ?? { every: standard }),
    overlap: 'skip',
    // A day without workers is made good by one sync: it reads all that is new.
    catchUp: 'one',
    paused: status === 'access-lost',
    tags: [platform],
  } as const;
}
