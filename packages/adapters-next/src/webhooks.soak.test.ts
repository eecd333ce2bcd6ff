// The sandbox of the platforms sends its webhooks to a real Next.js app. Needs the built packages: `npm run build` first.
import { freePort } from '@bizinsights/test-servers';
import { webhookConformance } from '@bizinsights/webhooks-conformance';
import { startApp } from './fixtures/next-app.js';

webhookConformance('webhooks in Next.js 16', async (redisUrl, environment) => {
  const app = await startApp(
    { name: 'webhooks', next: 16, from: 'workspace' },
    redisUrl,
    await freePort(),
    environment,
  );
  return { url: app.url.replace(/jobs$/, 'webhooks'), close: () => app.close() };
});
