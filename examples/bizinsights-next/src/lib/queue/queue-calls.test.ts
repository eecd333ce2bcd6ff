import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { insightDigestQueue, insightsQueue } from '@bizinsights/jobs-insights/queue';
import { reportsQueue } from '@bizinsights/jobs-reports/queue';
import { webhookQueue } from '@bizinsights/jobs-webhooks/queue';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { QueueName, queueCalls } from './index';

function open() {
  return createJobs({
    connection: 'memory:',
    queues: [dataSyncQueue, insightsQueue, insightDigestQueue, webhookQueue, reportsQueue, emailQueue, alertsQueue],
    logger: silentLogger,
  });
}

let jobs: ReturnType<typeof open>;
beforeEach(() => {
  jobs = open();
});
afterEach(() => jobs.close());

it('adds a job under the name and with the options of the first version', async () => {
  const { queueService } = queueCalls(jobs);
  const options = { priority: 1, attempts: 4, delay: 60_000, timeout: 5_000 };
  const { id } = await queueService.addJob(QueueName.DATA_SYNC, { integrationId: 'int_1' }, options);
  const job = await jobs.queue(dataSyncQueue).get(id);
  expect(job).toMatchObject({ data: { integrationId: 'int_1' }, state: 'delayed', maxAttempts: 4 });
});

it('syncs an integration and makes insights at once', async () => {
  const { jobScheduler, scheduleImmediateInsights } = queueCalls(jobs);
  const sync = await jobScheduler.scheduleImmediateSync('int_1');
  const insights = await scheduleImmediateInsights('acme', '30d');
  expect(await jobs.queue(dataSyncQueue).get(sync.id)).toMatchObject({ data: { integrationId: 'int_1' } });
  expect(await jobs.queue(insightsQueue).get(insights.id)).toMatchObject({
    data: { organizationId: 'acme', period: '30d' },
  });
});

it('refuses what a queue does not take', async () => {
  const { queueService } = queueCalls(jobs);
  await expect(queueService.addJob(QueueName.ALERTS, JSON.parse('{"title":"no severity"}'))).rejects.toThrow(
    /severity/,
  );
});
