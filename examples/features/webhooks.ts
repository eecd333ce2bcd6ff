// Webhooks are verified, answered at once, and processed once as jobs. The sandbox signs and sends them as Stripe does.
import { once } from 'node:events';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { webhookRouter } from '@bizinsights/jobs-express';
import type { RecordSink, WebhookEvent } from '@bizinsights/jobs-platforms';
import { stripe } from '@bizinsights/jobs-platforms/stripe';
import { startSandbox } from '@bizinsights/jobs-sandbox';
import {
  createWebhookHandler,
  type WebhookIntegrations,
  webhookProcessor,
  webhookQueue,
} from '@bizinsights/jobs-webhooks';
import express from 'express';

const sandbox = await startSandbox({ platforms: ['stripe'], days: 10 });
const jobs = createJobs({ connection: 'memory:', queues: [webhookQueue, dataSyncQueue], logger: silentLogger });

// #region processor
// In production `store.records` and `store.integrations` of @bizinsights/jobs-store.
const write: RecordSink['write'] = async ({ records }) => {
  console.log(`stores ${records.length} ${records[0]?.kind}`);
  return { written: records.length, unchanged: 0, rejected: 0, deleted: 0 };
};
const integrations: WebhookIntegrations = { find: async () => ({ id: 'int_1' }), accessLost: async () => true };

// Given once: to the processor here, and to the handler below. The secret is STRIPE_WEBHOOK_SECRET in production.
const secrets = { stripe: sandbox.stripe.webhookSecret ?? '' };
const accounts = { platforms: [stripe], integrations, sink: { write }, secrets };
const thank = ({ topic }: WebhookEvent) => console.log(`thanks for your patience (${topic})`);
jobs.registerProcessor(webhookProcessor({ ...accounts, handlers: { stripe: { 'charge.refunded': thank } } }));
// #endregion
await jobs.startWorker();

// #region app
const app = express();
// Before express.json(): a signature covers the bytes as they were sent.
app.use('/api/webhooks', webhookRouter(createWebhookHandler(jobs, accounts)));
// #endregion
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const to = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api/webhooks/stripe`;

const isCompleted = new Promise((resolve) => jobs.events.once('job:completed', resolve));
const { status } = await sandbox.stripe.sendWebhook('charge.refunded', { to, at: Date.now() });
await isCompleted;
console.log(`signed: ${status}`);

const forged = await sandbox.stripe.sendWebhook('charge.refunded', { to, at: Date.now(), secret: 'whsec_forged' });
console.log(`forged: ${forged.status}`);

server.close();
server.closeAllConnections();
await jobs.close();
await sandbox.close();

// Output:
// stores 1 charge
// thanks for your patience (charge.refunded)
// signed: 200
// forged: 401
