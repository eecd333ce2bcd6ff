/** The recurring syncs: one schedule an integration, in its platform's rhythm or its own. */
import type { Schedule } from '@bizinsights/jobs-core';
import type { AnyPlatform } from '@bizinsights/jobs-platforms';
import type { Integration, IntegrationStore, SyncRhythm } from './ports.js';
import { type DataSyncQueue, dataSyncQueue } from './queue.js';

const DAY = 24 * 3_600_000;

/** The key of an integration's schedule, for `jobs.scheduler`. */
export function syncScheduleKey(integrationId: string): string {
  return `data-sync:${integrationId}`;
}

/**
 * What is wanted of the scheduler: a schedule for each integration whose platform is known. That of one which has lost
 * its access is paused until the account is connected again; a disabled one has none.
 */
export async function* dataSyncSchedules(
  integrations: IntegrationStore,
  platforms: readonly AnyPlatform[],
): AsyncGenerator<Schedule<DataSyncQueue>> {
  const rhythms = new Map(platforms.map(({ id, rhythm }) => [id, rhythm]));
  for await (const integration of integrations.scheduled()) {
    const rhythm = rhythms.get(integration.platform);
    if (rhythm !== undefined) yield scheduleOf(integration, rhythm);
  }
}

function scheduleOf({ id, organizationId, platform, status, rhythm }: Integration, standard: number) {
  return {
    key: syncScheduleKey(id),
    queue: dataSyncQueue,
    data: { integrationId: id, organizationId },
    ...timesOf(rhythm ?? { every: standard }),
    overlap: 'skip',
    // A day without workers is made good by one sync: it reads all that is new.
    catchUp: 'one',
    paused: status === 'access-lost',
    tags: [platform],
  } as const;
}

/** Thousands of accounts do not start in the same second: each has its own place in the rhythm. A cron is meant as it is. */
function timesOf(rhythm: SyncRhythm) {
  return 'every' in rhythm ? { every: rhythm.every, jitter: Math.min(rhythm.every, DAY) } : rhythm;
}
