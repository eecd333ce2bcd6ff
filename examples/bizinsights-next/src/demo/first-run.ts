/** What happens by itself in a demo that has no data yet: accounts are connected and read, webhooks arrive, a mail is sent. */
import { dataSyncQueue } from '@bizinsights/jobs-data-sync';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { identifyAccount } from '@bizinsights/jobs-platforms';
import { askDemo, demoHttp, demoPlatforms, demoServicesUrl } from '../lib/demo-services';
import { toPlatformId } from '../lib/integrations';
import { jobs } from '../lib/jobs';
import { store } from '../lib/store';
import { ORGANIZATIONS } from './seed';

const [{ id: organizationId }] = ORGANIZATIONS;

/** What the charts need at once. ms */
const RECENT = 90 * 86_400_000;

/** Resolves when all of it is done. Does nothing without the demo's services. */
export async function firstRun(signal: AbortSignal): Promise<void> {
  if (demoServicesUrl() === undefined) return;
  const known = new Set((await store.integrations.list(organizationId)).map(({ platform }) => platform));
  const http = await demoHttp();
  const all = await demoPlatforms();
  const fresh = all.filter(({ id }) => !known.has(id));
  const connected: string[] = [];
  for (const { id, credentials } of fresh) {
    const platform = toPlatformId(id);
    if (platform === undefined) continue;
    const account = await identifyAccount(platform, credentials, http);
    const integration = await store.integrations.connect({ organizationId, platform, account, credentials });
    connected.push(integration.id);
  }
  tell(`${connected.length} accounts are connected`);
  const sync = async (options: { since: number } | { mode: 'full' }) => {
    const added = await Promise.all(
      connected.map((integrationId) => jobs.queue(dataSyncQueue).add({ integrationId, organizationId, ...options })),
    );
    await Promise.all(added.map(({ id }) => jobs.queue(dataSyncQueue).waitFor(id, { signal, timeout: 3_600_000 })));
  };
  await sync({ since: Date.now() - RECENT });
  tell('The last 90 days are there');
  await subscribeWebhooks();
  await sync({ mode: 'full' });
  tell('All of the history is there');
  if (connected.length > 0) await sendWelcome();
}

/** With each start: the app's address may be another one. */
async function subscribeWebhooks(): Promise<void> {
  const app = process.env.APP_URL?.trim() || 'http://127.0.0.1:3002';
  for (const { id, platform } of await store.integrations.list(organizationId)) {
    await askDemo('/subscriptions', { platform, to: `${app}/api/webhooks/${platform}/${id}` });
  }
}

async function sendWelcome(): Promise<void> {
  const [owner] = (await store.organizations.members(organizationId)).filter(({ role }) => role === 'owner');
  if (!owner) return;
  await jobs.queue(emailQueue).add({
    template: 'welcome',
    to: owner.email,
    variables: {
      name: owner.name ?? owner.email,
      productName: 'BizInsights',
      dashboardUrl: process.env.APP_URL?.trim() || 'http://127.0.0.1:3002',
    },
  });
}

function tell(line: string): void {
  console.log(line);
}
