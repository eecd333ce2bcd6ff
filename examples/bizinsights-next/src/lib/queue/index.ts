/**
 * The calls of a hand-rolled `src/lib/queue`, on those of the library: what calls them stays as it is while a product moves.
 *
 * ```ts
 * const { queueService, jobScheduler, scheduleImmediateInsights } = queueCalls(jobs);
 * await queueService.addJob(QueueName.DATA_SYNC, { integrationId }, { priority: 1, attempts: 3, timeout: 60_000 });
 * await jobScheduler.scheduleImmediateSync(integrationId);
 * await scheduleImmediateInsights(organizationId, '30d');
 * ```
 */
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import type { AddedJob, QueueHandle } from '@bizinsights/jobs-core';
import type { DataInput, JobOptions } from '@bizinsights/jobs-core/define';
import { dataSyncQueue, scheduleImmediateSync } from '@bizinsights/jobs-data-sync';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { type InsightPeriod, insightsQueue } from '@bizinsights/jobs-insights/queue';
import { reportsQueue } from '@bizinsights/jobs-reports/queue';
import { webhookQueue } from '@bizinsights/jobs-webhooks/queue';
import type { AppJobs } from '../jobs';

/** Under the names of the first version. */
export const QueueName = {
  DATA_SYNC: 'data-sync',
  INSIGHTS_GENERATION: 'insights-generation',
  WEBHOOK_PROCESSING: 'webhook-processing',
  REPORT_GENERATION: 'report-generation',
  EMAIL_SENDING: 'email-sending',
  ALERTS: 'alerts',
} as const;

interface Queues {
  'data-sync': typeof dataSyncQueue;
  'insights-generation': typeof insightsQueue;
  'webhook-processing': typeof webhookQueue;
  'report-generation': typeof reportsQueue;
  'email-sending': typeof emailQueue;
  alerts: typeof alertsQueue;
}

export function queueCalls(jobs: AppJobs) {
  const queues: { readonly [Name in keyof Queues]: QueueHandle<Queues[Name]> } = {
    'data-sync': jobs.queue(dataSyncQueue),
    'insights-generation': jobs.queue(insightsQueue),
    'webhook-processing': jobs.queue(webhookQueue),
    'report-generation': jobs.queue(reportsQueue),
    'email-sending': jobs.queue(emailQueue),
    alerts: jobs.queue(alertsQueue),
  };

  /** Was `queue.add(name, data, options)`. `delay` and `timeout` in ms; 0 is the most urgent `priority`. */
  async function addJob<Name extends keyof Queues>(
    name: Name,
    data: DataInput<Queues[Name]>,
    options: JobOptions = {},
  ): Promise<AddedJob> {
    return await queues[name].add(data, options);
  }

  return {
    queueService: { addJob },
    jobScheduler: {
      scheduleImmediateSync: (integrationId: string): Promise<AddedJob> => scheduleImmediateSync(jobs, integrationId),
    },
    scheduleImmediateInsights: (organizationId: string, period: InsightPeriod): Promise<AddedJob> =>
      jobs.queue(insightsQueue).add({ organizationId, period }),
  };
}
