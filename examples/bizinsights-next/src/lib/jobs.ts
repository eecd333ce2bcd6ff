/** The jobs of the app: pages and routes add to the queues, the worker works on them. */
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { createJobs } from '@bizinsights/jobs-core';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { insightsQueue } from '@bizinsights/jobs-insights/queue';
import { reportsQueue } from '@bizinsights/jobs-reports/queue';
import { webhookQueue } from '@bizinsights/jobs-webhooks/queue';
import { jobsConnection } from './stores';

export type AppJobs = ReturnType<typeof create>;

function create() {
  return createJobs({
    connection: jobsConnection(),
    queues: [dataSyncQueue, insightsQueue, webhookQueue, reportsQueue, emailQueue, alertsQueue],
  });
}

declare global {
  var bizInsightsJobs: AppJobs | undefined;
}

/** One a process: a development server loads a changed file anew, and each bundle of a build has a copy of this one. */
globalThis.bizInsightsJobs ??= create();
export const jobs = globalThis.bizInsightsJobs;
