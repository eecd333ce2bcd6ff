/** One of the two sides as a host has it: Express 5 with one of the monitoring APIs on six queues. Forked by `servers.ts`. */
import type { AddressInfo } from 'node:net';
import { createJobs, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { monitoringRouter } from '@bizinsights/jobs-express';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Queue } from 'bullmq';
import express from 'express';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { QUEUES, type ServerOptions } from './queues.js';

const { side, redisUrl }: ServerOptions = JSON.parse(process.argv[2] ?? '{}');
const app = express();
if (side === 'jobs') {
  const queues = QUEUES.map((name) => defineQueue({ name, schema: z.object({ index: z.number() }) }));
  const jobs = createJobs({ connection: redisUrl, queues, logger: silentLogger });
  app.use('/api/jobs', monitoringRouter(jobs, { authorize: () => ({ actor: 'bench', role: 'viewer' }) }));
} else {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath('/board');
  createBullBoard({ queues: QUEUES.map((name) => new BullMQAdapter(new Queue(name, { connection }))), serverAdapter });
  app.use('/board', serverAdapter.getRouter());
}
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port });
});
process.on('disconnect', () => process.exit(0));
