/** What happens by itself in a demo that has no data yet: accounts are connected and read, and each queue gets its work. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { dataSyncQueue, planSync } from '@bizinsights/jobs-data-sync';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { insightsQueue, scheduleImmediateInsights } from '@bizinsights/jobs-insights';
import { identifyAccount, platforms } from '@bizinsights/jobs-platforms';
import { requestReport } from '@bizinsights/jobs-reports';
import { askDemo, demoHttp, demoPlatforms, demoServicesUrl } from '../lib/demo/demo-services';
import { todayIn } from '../lib/figures/format';
import { appUrl } from '../lib/host/app-url';
import { dataDir } from '../lib/host/data-dir';
import { toPlatformId } from '../lib/integrations/integrations';
import { jobs } from '../lib/jobs';
import { store } from '../lib/store/store';
import { ORGANIZATIONS } from './seed';

const [{ id: organizationId, timeZone }] = ORGANIZATIONS;
const [owner] = ORGANIZATIONS[0].people;

const DAY = 86_400_000;

/** What the charts need at once. ms */
const RECENT = 90 * DAY;

/** Only so that what hangs ends. ms */
const LIMIT = 3_600_000;

/**
 * Resolves when all of it is done. A run that was interrupted is taken up where it was: accounts are connected once, and a
 * sync goes on from its cursors. Does nothing without the demo's services.
 */
export async function firstRun(signal: AbortSignal): Promise<void> {
  if (demoServicesUrl() === undefined) return;
  const connected = await connectAccounts();
  await subscribeWebhooks();
  const done = join(dataDir(), 'first-run-done');
  if (connected === 0 && existsSync(done)) return;
  jobs.logger.info(`${connected} accounts are connected`);
  await sync({ since: Date.now() - RECENT }, signal);
  jobs.logger.info('the last 90 days are there');
  await findInsights(signal);
  await makeReport();
  await sync({ mode: 'full' }, signal);
  jobs.logger.info('all of the history is there');
  // Against more history more can be said.
  await findInsights(signal);
  await sendWelcome();
  writeFileSync(done, '');
}

/** How many were connected. */
async function connectAccounts(): Promise<number> {
  const known = new Set((await store.integrations.list(organizationId)).map(({ platform }) => platform));
  const fresh = (await demoPlatforms()).filter(({ id }) => !known.has(id));
  const http = await demoHttp();
  for (const { id, credentials } of fresh) {
    const platform = toPlatformId(id);
    if (platform === undefined) continue;
    const account = await identifyAccount(platform, credentials, http);
    const integration = await store.integrations.connect({ organizationId, platform, account, credentials });
    await planSync(jobs, integration.id, { integrations: store.integrations, platforms: Object.values(platforms) });
  }
  return fresh.length;
}

async function sync(options: { since: number } | { mode: 'full' }, signal: AbortSignal): Promise<void> {
  const queue = jobs.queue(dataSyncQueue);
  const kind = 'mode' in options ? 'full' : 'recent';
  const added = await Promise.all(
    (await store.integrations.list(organizationId)).map(({ id: integrationId }) =>
      queue.add(
        { integrationId, organizationId, ...options },
        // One of an interrupted run may still wait.
        { deduplicate: { key: `first-run:${kind}:${integrationId}` } },
      ),
    ),
  );
  await Promise.all(added.map(({ id }) => queue.waitFor(id, { signal, timeout: LIMIT })));
}

/** With each start: the app's address may be another one. */
async function subscribeWebhooks(): Promise<void> {
  for (const { id, platform } of await store.integrations.list(organizationId)) {
    await askDemo('/subscriptions', { platform, to: `${appUrl()}/api/webhooks/${platform}/${id}` });
  }
}

async function findInsights(signal: AbortSignal): Promise<void> {
  const { id } = await scheduleImmediateInsights(jobs, organizationId, '30d', { force: true });
  const result = await jobs.queue(insightsQueue).waitFor(id, { signal, timeout: LIMIT });
  const { alerts } = await store.alerts.list(organizationId, { limit: 1 });
  if (alerts.length > 0 || ('alerts' in result && result.alerts > 0)) return;
  await jobs.queue(alertsQueue).add({
    organizationId,
    type: 'demo',
    severity: 'HIGH',
    title: 'This is how an alert looks',
    message: 'Nothing in the figures of the last 30 days calls for one, so the demo shows an example.',
    source: 'demo',
  });
}

/** Of the last 30 whole days, for the owner. */
async function makeReport(): Promise<void> {
  const today = Date.parse(todayIn(timeZone, Date.now()));
  const dayBefore = (days: number) => new Date(today - days * DAY).toISOString().slice(0, 10);
  await requestReport(jobs, store.reports, {
    organizationId,
    template: 'sales',
    format: 'pdf',
    period: { from: dayBefore(30), to: dayBefore(1) },
    recipients: [owner.email],
  });
}

async function sendWelcome(): Promise<void> {
  await jobs.queue(emailQueue).add({
    template: 'welcome',
    to: owner.email,
    variables: { name: owner.name, productName: 'BizInsights', dashboardUrl: appUrl() },
  });
}
