// An account whose id a double can't hold: its webhook starts a sync of its own integration, and of no other.
import { createHmac } from 'node:crypto';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync';
import { platforms as byId } from '@bizinsights/jobs-platforms';
import { createWebhookHandler, webhookProcessor, webhookQueue } from '@bizinsights/jobs-webhooks';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type OpenStore, openOnPostgres } from '../fixtures/open-store.js';

const SECRET = 'the secret of the app';
/** Rounded, all of them are the second. */
const IDS = ['9007199254740991', '9007199254740992', '9007199254740993'];

let opened: OpenStore;
beforeAll(async () => {
  opened = await openOnPostgres(inject('postgresUrl'));
});
afterAll(() => opened.close());

it.each(IDS)('an event of act_%s, sent as a number, syncs that account alone', async (id) => {
  const { store } = opened;
  for (const account of IDS.map((one) => `act_${one}`)) {
    await store.integrations.connect({
      id: account,
      organizationId: 'acme',
      platform: 'facebook-ads',
      credentials: {},
    });
    await store.webhooks.register(account, { account });
  }
  const signed = {
    platforms: Object.values(byId),
    integrations: store.webhooks,
    environment: { FACEBOOK_APP_SECRET: SECRET },
  };
  const processors = [webhookProcessor({ ...signed, sink: store.records })];
  const jobs = createTestJobs({ queues: [dataSyncQueue, webhookQueue], processors });
  const body = `\ufeff{"object":"ad_account","entry":[{"id":${id},"changes":[{"field":"creative_fatigue"}]}]}`;
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const response = await createWebhookHandler(
    jobs,
    signed,
  )(
    new Request('http://localhost/api/webhooks/facebook-ads', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
      body,
    }),
  );
  expect(response.status).toBe(200);
  await jobs.drain();
  const queue = jobs.queue(dataSyncQueue);
  const lists = await Promise.all((['waiting', 'delayed'] as const).map((state) => queue.list({ state })));
  expect(lists.flatMap((list) => list.jobs.map(({ data }) => data))).toMatchObject([{ integrationId: `act_${id}` }]);
  await jobs.close();
});
