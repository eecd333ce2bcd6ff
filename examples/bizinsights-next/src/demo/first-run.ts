/** What happens by itself in a demo that has no data yet: accounts are connected and read, and each queue gets its work. */
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { dataSyncQueue, planSync } from '@bizinsights/jobs-data-sync';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { insightsQueue, scheduleImmediateInsights } from '@bizinsights/jobs-insights';
import { identifyAccount } from '@bizinsights/jobs-platforms';
import { requestReport } from '@bizinsights/jobs-reports';
import { demoHttp, demoPlatforms, demoServicesUrl, subscribeToDemo } from '../lib/demo/demo-services';
import { todayIn } from '../lib/figures/format';
import { appUrl } from '../lib/host/app-url';
import { accounts } from '../lib/integrations/accounts';
import { toPlatformId } from '../lib/integrations/integrations';
import { jobs } from '../lib/jobs';
import { store } from '../lib/store/store';
import { type DoneSteps, openDoneSteps } from './done-steps';
import { ORGANIZATIONS } from './seed';

const [{ id: organizationId, timeZone }] = ORGANIZATIONS;
const [owner] = ORGANIZATIONS[0].people;

const DAY = 86_400_000;

/** What the charts need at once. ms */
const RECENT = 90 * DAY;

/** Only so that what hangs ends. ms */
const LIMIT = 3_600_000;

/**
 * Resolves when all of it is done. What an interrupted run has done is not done again, and a sync of it goes on behind its
 * last page. Does nothing without the demo's services.
 */
export async function firstRun(signal: AbortSignal): Promise<void> {
  if (demoServicesUrl() === undefined) return;
  const { isDone, once } = await openDoneSteps(store.pool);
  if (await isDone('accounts')) {
    const rest = (await isDone('welcome')) ? 'is done' : 'goes on';
    jobs.logger.info(`the data of an earlier start is there; its first run ${rest}`);
  }
  await once('accounts', connectAccounts);
  await subscribeWebhooks();
  await syncEach(once, 'recent', signal);
  await once('recent-insights', () => findInsights(signal));
  await once('report', makeReport);
  await syncEach(once, 'full', signal);
  // Against more history more can be said.
  await once('full-insights', () => findInsights(signal));
  await once('welcome', sendWelcome);
}

/** As `firstRun`, beside a worker: a failure is logged, and the next start tries again. */
export async function runFirstRun(signal: AbortSignal): Promise<void> {
  try {
    await firstRun(signal);
  } catch (error) {
    if (signal.aborted) return;
    jobs.logger.error({ err: error }, 'The first run of the demo has failed: the next start goes on with it');
  }
}

async function connectAccounts(): Promise<void> {
  const known = new Set((await store.integrations.list(organizationId)).map(({ platform }) => platform));
  const fresh = (await demoPlatforms()).filter(({ id }) => !known.has(id));
  const http = await demoHttp();
  for (const { id, credentials } of fresh) {
    const platform = toPlatformId(id);
    if (platform === undefined) continue;
    const account = await identifyAccount(platform, credentials, http);
    const integration = await store.integrations.connect({ organizationId, platform, account, credentials });
    await planSync(jobs, integration.id, accounts);
  }
  jobs.logger.info(`${fresh.length} accounts are connected`);
}

const SYNCS = {
  recent: { data: () => ({ since: Date.now() - RECENT }), done: 'the last 90 days are there' },
  full: { data: () => ({ mode: 'full' as const }), done: 'all of the history is there' },
};

/** Each account is a step of its own: an interrupted run reads again only what it has not read to the end. */
async function syncEach(once: DoneSteps['once'], kind: keyof typeof SYNCS, signal: AbortSignal): Promise<void> {
  const queue = jobs.queue(dataSyncQueue);
  const { data, done } = SYNCS[kind];
  const sync = async (integrationId: string) => {
    // One of an interrupted run may still wait.
    const deduplicate = { key: `first-run:${kind}:${integrationId}` };
    const { id } = await queue.add({ integrationId, organizationId, ...data() }, { deduplicate });
    await queue.waitFor(id, { signal, timeout: LIMIT });
  };
  await once(kind, async () => {
    const accounts = await store.integrations.list(organizationId);
    await Promise.all(accounts.map(({ id }) => once(`${kind} ${id}`, () => sync(id))));
    jobs.logger.info(done);
  });
}

/** With each start: the app's address may be another one. */
async function subscribeWebhooks(): Promise<void> {
  for (const integration of await store.integrations.list(organizationId)) await subscribeToDemo(integration);
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
  await jobs.queue(emailQueue).add(
    {
      template: 'welcome',
      to: owner.email,
      variables: { name: owner.name, productName: 'BizInsights', dashboardUrl: appUrl() },
    },
    // Also where this process ends before the step is noted.
    { id: 'first-run-welcome' },
  );
}
