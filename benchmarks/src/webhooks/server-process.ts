/** One of the two sides: Express 5 that takes webhooks, verified by the library, or as they come into plain BullMQ. */
import type { AddressInfo } from 'node:net';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { webhookRouter } from '@bizinsights/jobs-express';
import { stripe } from '@bizinsights/jobs-platforms/stripe';
import { createWebhookHandler, webhookQueue } from '@bizinsights/jobs-webhooks';
import { Queue } from 'bullmq';
import express from 'express';
import { Redis } from 'ioredis';
import { SECRET, type ServerOptions } from './sides.js';

const { side, redisUrl }: ServerOptions = JSON.parse(process.argv[2] ?? '{}');
const app = express();
if (side === 'jobs') {
  const jobs = createJobs({ connection: redisUrl, queues: [webhookQueue], logger: silentLogger });
  const handler = createWebhookHandler(jobs, { platforms: [stripe], secrets: { stripe: SECRET } });
  app.use('/api/webhooks', webhookRouter(handler));
} else {
  const queue = new Queue('webhook-processing', { connection: new Redis(redisUrl, { maxRetriesPerRequest: null }) });
  app.use(express.json());
  app.post('/api/webhooks/:platform', async (req, res) => {
    const job = await queue.add(req.params.platform, req.body);
    res.json({ success: true, data: { id: job.id } });
  });
}
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port });
});
process.on('disconnect', () => process.exit(0));
