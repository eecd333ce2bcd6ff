/** The recurring syncs: one schedule an integration, in its platform's rhythm or its own. */
import {
  createLogger,
  type Logger,
  processorSourceName,
  type ReconcileResult,
  type Schedule,
  ScheduleError,
  type ScheduleSource,
} from '@bizinsights/jobs-core';
import type { AnyPlatform } from '@bizinsights/jobs-platforms';
import type { Integration, IntegrationStore, SyncRhythm } from './ports.js';
import { type DataSyncQueue, dataSyncQueue } from './queue.js';
import { checkRhythm } from './rhythm.js';
import { syncedPlatforms, type WebhookSender } from './synced-platforms.js';

const DAY = 24 * 3_600_000;

/** The key of an integration's schedule, for `jobs.scheduler`. */
export function syncScheduleKey(integrationId: string): string {
  return `data-sync:${integrationId}`;
}

/**
 * What is wanted of the scheduler: a schedule for each integration whose platform is known. That of one which has lost
 * its access is paused until the account is connected again; a disabled one has none. One whose own rhythm cannot be has
 * its platform's.
 *
 * @param logger is warned of rhythms that cannot be. Default: `createLogger()`
 */
export async function* dataSyncSchedules(
  integrations: Pick<IntegrationStore, 'scheduled'>,
  platforms: readonly (AnyPlatform | WebhookSender)[],
  logger: Pick<Logger, 'warn'> = createLogger(),
): AsyncGenerator<Schedule<DataSyncQueue>> {
  const rhythms = new Map(syncedPlatforms(platforms).map(({ id, rhythm }) => [id, rhythm]));
  for await (const integration of integrations.scheduled()) {
    const every = rhythms.get(integration.platform);
    if (every !== undefined) yield scheduleOf(integration, ownRhythm(integration, logger) ?? { every });
  }
}

/** As much of `jobs` as is needed. */
export interface SyncScheduler {
  readonly scheduler: { reconcile(source: ScheduleSource<Schedule<DataSyncQueue>>): Promise<ReconcileResult> };
}

/**
 * Plans the recurring sync of an integration now: after it was connected, or its rhythm has changed. Without it the workers
 * plan it when they next look, within five minutes. Of one that is disabled or not there, nothing is planned.
 *
 * @param options as those of the worker's `dataSyncProcessor`
 * @throws {ScheduleError} when another one than the processor has written a schedule of its key
 * @example
 * ```ts
 * await planSync(jobs, integrationId, { integrations: store.integrations, platforms: Object.values(platforms) });
 * const { next } = (await jobs.scheduler.get(syncScheduleKey(integrationId))) ?? {};
 * ```
 */
export async function planSync(
  jobs: SyncScheduler,
  integrationId: string,
  options: {
    readonly integrations: Pick<IntegrationStore, 'find'>;
    readonly platforms: readonly (AnyPlatform | WebhookSender)[];
    readonly logger?: Pick<Logger, 'warn'>;
  },
): Promise<void> {
  const { integrations, platforms, logger } = options;
  const integration = await integrations.find(integrationId);
  if (!integration || integration.status === 'disabled') return;
  const scheduled = async function* () {
    yield integration;
  };
  const { problems } = await jobs.scheduler.reconcile({
    name: processorSourceName(dataSyncQueue),
    isPart: true,
    schedules: () => dataSyncSchedules({ scheduled }, platforms, logger),
  });
  if (problems.length > 0) {
    const issues = problems.map(({ message }) => ({ path: ['key'], message }));
    throw new ScheduleError(`The sync of integration "${integrationId}" cannot be planned`, issues);
  }
}

/** What stands in a host's database was perhaps not checked: it must not stop the schedules of the others. */
function ownRhythm({ id, rhythm }: Integration, logger: Pick<Logger, 'warn'>): SyncRhythm | undefined {
  if (!rhythm) return undefined;
  try {
    return checkRhythm(rhythm);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    logger.warn({ err: error }, `Integration "${id}" is synced in its platform's rhythm: ${error.message}`);
    return undefined;
  }
}

function scheduleOf({ id, organizationId, platform, status }: Integration, rhythm: SyncRhythm) {
  return {
    key: syncScheduleKey(id),
    queue: dataSyncQueue,
    data: { integrationId: id, organizationId },
    ...timesOf(rhythm),
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
