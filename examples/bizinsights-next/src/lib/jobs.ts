/** The jobs of the app: pages and routes add to the queues, the worker works on them. */
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { createJobs, hotReloadable } from '@bizinsights/jobs-core';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { insightDigestQueue, insightsQueue } from '@bizinsights/jobs-insights/queue';
import { reportFilesCleanUp } from '@bizinsights/jobs-reports';
import { reportsQueue } from '@bizinsights/jobs-reports/queue';
import { deliveriesCleanUp } from '@bizinsights/jobs-webhooks';
import { webhookQueue } from '@bizinsights/jobs-webhooks/queue';
import { isBuild } from './host/is-build';
import { createProcessors } from './processors';
import { reportStorage } from './reports/report-storage';
import { store } from './store/store';
import { jobsConnection, mayWork } from './store/stores';

const QUEUES = [
  dataSyncQueue,
  insightsQueue,
  insightDigestQueue,
  webhookQueue,
  reportsQueue,
  emailQueue,
  alertsQueue,
] as const;

export type AppJobs = Awaited<ReturnType<typeof create>>;

async function create() {
  const connection = jobsConnection();
  if (!mayWork() || isBuild()) return createJobs({ connection, queues: QUEUES });
  const cleanUp = [
    ...store.cleanUpTasks(),
    reportFilesCleanUp({ reports: store.reports, storage: reportStorage() }),
    deliveriesCleanUp(),
  ];
  const created = createJobs({ connection, queues: QUEUES, cleanUp });
  for (const processor of await createProcessors(created)) created.registerProcessor(processor);
  return created;
}

/** One a process: a development server loads a changed file anew, and each bundle of a build has a copy of this one. */
export const jobs = await hotReloadable('jobs', create);
