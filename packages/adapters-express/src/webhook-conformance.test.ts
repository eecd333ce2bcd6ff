// The sandbox of the platforms sends its webhooks to real Express apps.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWebhookHost, webhookConformance } from '@bizinsights/webhooks-conformance';
import express4 from 'express4';
import express5 from 'express5';
import { webhookRouter } from './index.js';

const serve = (express: typeof express5) => async (redisUrl: string, environment: Readonly<Record<string, string>>) => {
  const { jobs, handler } = createWebhookHost(redisUrl, environment);
  const app = express();
  app.use('/api/webhooks', webhookRouter(handler));
  app.use(express.json());
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/webhooks`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await jobs.close();
    },
  };
};

webhookConformance('webhooks in Express 5', serve(express5));
webhookConformance('webhooks in Express 4', serve(express4));
