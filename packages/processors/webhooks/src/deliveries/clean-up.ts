/** Removes deliveries that are too old. */
import { ArgumentError, type CleanUpTask } from '@bizinsights/jobs-core';
import { logsOf } from './deliveries.js';

/** What `deliveriesCleanUp` takes. */
export interface DeliveriesCleanUpOptions {
  /** Days since a delivery has come. Default 30. */
  readonly retentionDays?: number;
}

const RETENTION_DAYS = 30;

const DAY = 86_400_000;

/**
 * A task of the weekly clean-up: removes the deliveries of webhooks that came more than 30 days ago. Besides, only the last
 * ones are kept, by `deliveries` of `createWebhookHandler`.
 *
 * @throws {ArgumentError} for `retentionDays` below 1
 * @example
 * ```ts
 * import { createJobs } from '@bizinsights/jobs-core';
 * import { deliveriesCleanUp, webhookQueue } from '@bizinsights/jobs-webhooks';
 *
 * const jobs = createJobs({ queues: [webhookQueue], cleanUp: [deliveriesCleanUp({ retentionDays: 90 })] });
 * ```
 */
export function deliveriesCleanUp({ retentionDays = RETENTION_DAYS }: DeliveriesCleanUpOptions = {}): CleanUpTask {
  if (!(retentionDays >= 1)) {
    throw new ArgumentError(`deliveriesCleanUp: \`retentionDays\` must be at least 1, not ${retentionDays}`);
  }
  return {
    name: 'webhook deliveries',
    async run({ jobs, now }) {
      if (!jobs) throw new ArgumentError('deliveriesCleanUp: give the task to createJobs({ cleanUp })');
      const before = now - retentionDays * DAY;
      const { verified, others } = logsOf(jobs);
      const isOld = ({ receivedAt }: { readonly receivedAt: number }) => receivedAt < before;
      return (await verified.removeOldest(isOld)) + (await others.removeOldest(isOld));
    },
  };
}
