// Words by a language model: off until the organization agrees, and checked against the evidence.
import { randomBytes } from 'node:crypto';
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import { insightsProcessor, insightsQueue, modelNarrator } from '@bizinsights/jobs-insights';
import type { OrderRecord } from '@bizinsights/jobs-platforms';
import { createStore } from '@bizinsights/jobs-store';
import { MockLanguageModelV3 } from 'ai/test';

const now = () => Date.parse('2026-11-24T09:00:00Z'); // leave it out in production
const { pool, close } = await openEmbedded({ dir: 'memory:' }); // in production `new Pool()` of `pg`
const store = createStore({ pool, keys: `1:${randomBytes(32).toString('base64')}`, now });
await store.migrate();
// 120 days of each shop, which has sold less for 30 days. In production a sync writes them.
const records = Array.from(
  { length: 120 },
  (_, age): OrderRecord => ({
    ...{ kind: 'order', id: `${age}`, updatedAt: 1, number: `#${age}`, placedAt: now() - age * 86_400_000, items: [] },
    ...{ payment: 'paid', total: { amount: age <= 30 ? 6_000 : 10_000, currency: 'EUR' } },
    refunded: { amount: 0, currency: 'EUR' }, // in cents
  }),
);
for (const id of ['acme', 'globex']) {
  await store.organizations.upsert({ id, name: id, timeZone: 'Europe/Berlin', currency: 'EUR' });
  const shop = { organizationId: id, platform: 'shopify', account: `${id}.myshopify.com`, credentials: {} };
  const { id: integrationId } = await store.integrations.connect(shop);
  await store.records.write({ integrationId, stream: 'orders', records, rejected: [], deleted: [] });
}
// In production a provider's: openai('gpt-5-mini') of @ai-sdk/openai. This one says what is not so the first time.
const texts = ['Revenue fell by half.', 'Revenue is 40% lower than it was, at €60.00 a day.'];
const answer = () => JSON.stringify({ insights: [{ id: 'f1', title: 'Less revenue', text: texts.shift() }] });
const rest = { noCache: undefined, cacheRead: undefined, cacheWrite: undefined, text: undefined, reasoning: undefined };
const model = new MockLanguageModelV3({
  doGenerate: async () => ({
    content: [{ type: 'text', text: answer() }],
    usage: { inputTokens: { total: 500, ...rest }, outputTokens: { total: 60, ...rest } },
    ...{ finishReason: { unified: 'stop', raw: undefined }, warnings: [] },
  }),
});
const jobs = createJobs({ connection: 'memory:', queues: [insightsQueue, alertsQueue], logger: silentLogger });
// #region narrator
const narrator = modelNarrator({
  model,
  consent: store.insights, // which organizations have agreed, and what they have used today
  budget: { tokens: 20_000 }, // of an organization and day
  onRejected: ({ reason }) => console.log(`refused: ${reason}`),
});
jobs.registerProcessor(insightsProcessor({ metrics: store.metrics, insights: store.insights, narrator }));
for (const id of ['acme', 'globex']) await store.insights.allowModel(id, { by: 'ada@example.com' });
// #endregion
await jobs.startWorker();
for (const id of ['acme', 'globex']) {
  const job = await jobs.queue(insightsQueue).add({ organizationId: id, period: '30d', metrics: ['revenue'] });
  await jobs.queue(insightsQueue).waitFor(job.id);
  const [insight] = (await store.insights.list(id)).insights;
  console.log(`${id}: ${insight?.text}`);
}
await jobs.close();
await close();
// Output:
// refused: the number "half"
// acme: Since Sunday, October 25, 2026, revenue is at a lower level: €60.00 a day instead of €100.00 (40% less). By chance alone this happens less than once in a million cases.
// globex: Revenue is 40% lower than it was, at €60.00 a day.
