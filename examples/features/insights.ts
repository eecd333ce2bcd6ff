// Insights: what has changed in an organization's figures, in words and with the numbers; what matters raises an alert.
import { randomBytes } from 'node:crypto';
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import {
  insightSchedules,
  insightsProcessor,
  insightsQueue,
  scheduleImmediateInsights,
} from '@bizinsights/jobs-insights';
import type { OrderRecord } from '@bizinsights/jobs-platforms';
import { createStore } from '@bizinsights/jobs-store';

const now = () => Date.parse('2026-11-24T09:00:00Z'); // leave it out in production
const { pool, close } = await openEmbedded({ dir: 'memory:' }); // in production `new Pool()` of `pg`
const store = createStore({ pool, keys: `1:${randomBytes(32).toString('base64')}`, now });
await store.migrate();
await store.organizations.upsert({ id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin', currency: 'EUR' });

// 150 days of a shop, which has sold less for 30 days. In production a sync writes them.
const shop = { organizationId: 'acme', platform: 'shopify', account: 'glaze.myshopify.com', credentials: {} };
const { id: integrationId } = await store.integrations.connect(shop);
const eur = (amount: number) => ({ amount, currency: 'EUR' }); // in cents
const order = (age: number): OrderRecord => ({
  ...{ kind: 'order', id: `${age}`, updatedAt: 1, number: `#${age}`, placedAt: now() - age * 86_400_000, items: [] },
  ...{ payment: 'paid', total: eur((age <= 30 ? 6_000 : 10_000) + (age % 2) * 2_000), refunded: eur(0) },
});
const records = Array.from({ length: 150 }, (_, age) => order(age));
await store.records.write({ integrationId, stream: 'orders', records, rejected: [], deleted: [] });

const jobs = createJobs({ connection: 'memory:', queues: [insightsQueue, alertsQueue], logger: silentLogger });

// #region processor
jobs.registerProcessor(
  insightsProcessor({
    metrics: store.metrics,
    insights: store.insights,
    schedules: () => insightSchedules({ organizations: store.organizations }), // every six hours each
  }),
);
// #endregion
await jobs.startWorker();

// #region immediate
const { id } = await scheduleImmediateInsights(jobs, 'acme', '30d', { metrics: ['revenue'], force: true });
const result = await jobs.queue(insightsQueue).waitFor(id);
if ('created' in result) console.log(`${result.created} new, ${result.alerts} alerts`);
const { insights } = await store.insights.list('acme', { limit: 10 });
for (const { impact, text } of insights) console.log(`${impact}: ${text}`);
// #endregion

await jobs.close();
await close();
// Output:
// 1 new, 1 alerts
// high: Since Sunday, October 25, 2026, revenue is at a lower level: €70.00 a day instead of €110.14 (36% less). By chance alone this happens less than once in a million cases.
