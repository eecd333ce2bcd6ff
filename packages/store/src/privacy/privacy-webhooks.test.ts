/** The whole way of a request about personal data: signed by the sandbox's Shopify, through the door, into PostgreSQL. */
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncProcessor, dataSyncQueue } from '@bizinsights/jobs-data-sync';
import { platforms as byId } from '@bizinsights/jobs-platforms';
import { startSandbox } from '@bizinsights/jobs-sandbox';
import {
  type CustomerDataRequest,
  createWebhookHandler,
  webhookProcessor,
  webhookQueue,
} from '@bizinsights/jobs-webhooks';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { ampleBudgets } from '../fixtures/ample-budgets.js';
import { KEYS, type OpenStore, openOnPostgres, underTest } from '../fixtures/open-store.js';
import { openWebhookDoor } from '../fixtures/webhook-door.js';
import { createStore } from '../store.js';

let opened: OpenStore;
beforeAll(async () => {
  opened = await openOnPostgres(inject('postgresUrl'));
});
afterAll(() => opened.close());

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/**
 * A shop that two organizations have connected, both of them synced; what is handed out is kept. One was registered with
 * its account, of the other it is known by `connect` alone.
 */
async function open() {
  const sandbox = await startSandbox({ platforms: ['shopify'], days: 5 });
  cleanUp.push(() => sandbox.close());
  const { now, shopify } = sandbox;
  const store = createStore({ pool: opened.pool, keys: KEYS, now });
  await store.organizations.upsert({ id: 'bolt', name: 'Bolt', timeZone: 'UTC', currency: 'EUR' });
  const ids = ['shop-acme', 'shop-bolt'] as const;
  const connect = async (id: string, organizationId: string, account?: string) => {
    const credentials = { ...shopify.credentials };
    await store.integrations.connect({ id, organizationId, platform: 'shopify', account, credentials });
    if (account === undefined) await store.webhooks.register(id, { account: credentials.shop });
    cleanUp.push(() => store.integrations.remove(id));
  };
  await connect(ids[0], 'acme');
  await connect(ids[1], 'bolt', shopify.credentials.shop);

  const handed: CustomerDataRequest[] = [];
  const platforms = Object.values(byId);
  const environment = { SHOPIFY_WEBHOOK_SECRET: shopify.webhookSecret };
  const signed = { platforms, integrations: store.webhooks, environment };
  const { integrations, records: sink, privacy } = store;
  const processors = [
    dataSyncProcessor({
      platforms,
      integrations,
      sink,
      http: sandbox.http,
      now,
      budgets: ampleBudgets(platforms),
      schedules: false,
    }),
    webhookProcessor({ ...signed, sink, privacy, onCustomerDataRequest: (one) => void handed.push(one), now }),
  ] as const;
  const jobs = createTestJobs({ queues: [dataSyncQueue, webhookQueue], processors });
  cleanUp.push(() => jobs.close());
  const door = await openWebhookDoor(createWebhookHandler(jobs, { ...signed, now }));
  cleanUp.push(() => door.close());
  const work = async () => {
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ failed: 0 });
    const [newest] = (await jobs.queue(webhookQueue).list({ state: 'completed', limit: 1 })).jobs;
    return newest?.result;
  };
  const sync = async (mode: 'full' | 'incremental') => {
    for (const integrationId of ids) await jobs.queue(dataSyncQueue).add({ integrationId, mode });
    await work();
  };
  await sync('full');
  const customer = sandbox.shop.customers.at(-1);
  if (!customer) throw new Error('Nobody has bought anything');
  const orderIds = sandbox.shop.orders
    .filter(({ customerId }) => customerId === customer.id)
    .map(({ id }) => String(id));
  return {
    sandbox,
    store,
    ids,
    handed,
    customer,
    orderIds,
    sync,
    connect,
    /** Sends, and does what there is to do. */
    async send(topic: string, options: { readonly secret?: string } = {}) {
      const { status } = await shopify.sendWebhook(topic, { to: `${door.url}/shopify`, ...options });
      return status === 200 ? await work() : status;
    },
    /** All that is stored of an integration, as text. */
    async stored(id: string) {
      return JSON.stringify([await underTest(store).records(id), await store.records.rejected(id)]);
    },
  };
}

test('who asks to be erased is gone from every organization’s data, and no sync brings them back', async () => {
  const { sandbox, store, ids, customer, orderIds, send, stored, sync } = await open();
  const range = { from: '2026-11-01', to: '2026-11-30' };
  await store.metrics.refresh('acme');
  const { revenue, orders } = await store.metrics.total('acme', range);
  for (const id of ids) expect(await stored(id)).toContain(customer.email);

  await store.integrations.disable(ids[1]);
  expect(await send('customers/redact')).toMatchObject({ outcome: 'privacy', integrationId: ids[0] });
  await store.integrations.enable(ids[1]);
  // The shop still has the customer, in the very state of before.
  for (const mode of ['incremental', 'full'] as const) {
    await sync(mode);
    for (const id of ids) {
      expect(await stored(id)).not.toMatch(new RegExp(`${customer.email}|"customerId":"${customer.id}"`));
      const list = await store.records.list({ integrationId: id, kind: 'order', limit: 10_000 });
      expect(list.map((order) => order.id)).toEqual(expect.arrayContaining(orderIds));
    }
  }
  await store.metrics.refresh('acme');
  expect(await store.metrics.total('acme', range)).toMatchObject({ revenue, orders });
  expect(await store.records.count({ integrationId: ids[0], kind: 'customer' })).toBe(
    sandbox.shop.customers.length - 1,
  );
});

test('what is stored of who asks for it is handed to the host, for each organization', async () => {
  const { ids, handed, customer, orderIds, send } = await open();
  expect(await send('customers/data_request')).toMatchObject({ outcome: 'privacy' });
  expect(handed.map(({ integration }) => integration.id).sort()).toEqual([...ids]);
  for (const { requestId, data } of handed) {
    expect(requestId).toBe('9999');
    expect(data.records).toMatchObject([
      { kind: 'customer', id: String(customer.id), email: customer.email },
      ...orderIds.map((id) => ({ kind: 'order', id, customerId: String(customer.id) })),
    ]);
  }
});

test('a shop that has left is erased with all that it has, 48 hours after the app was uninstalled', async () => {
  const { sandbox, store, ids, send, stored } = await open();
  sandbox.advance(1_000);
  expect(await send('app/uninstalled')).toMatchObject({ outcome: 'access-lost' });
  sandbox.advance(48 * 3_600_000);
  expect(await send('shop/redact')).toMatchObject({ outcome: 'privacy' });
  for (const id of ids) {
    expect(await store.integrations.find(id)).toBeUndefined();
    expect(await stored(id)).toBe('[[],[]]');
  }
  await store.metrics.refresh('acme');
  expect(await store.metrics.daily('acme', { from: '2026-11-01', to: '2026-11-30' })).toEqual([]);
  // Sent once more, there is nothing left to do.
  expect(await send('shop/redact')).toMatchObject({ outcome: 'privacy', reason: expect.stringContaining('nothing') });
});

test('a shop that comes back after it was erased is a new integration, which what was asked before does not erase', async () => {
  const { sandbox, store, ids, send, connect, sync } = await open();
  sandbox.advance(1_000);
  expect(await send('shop/redact')).toMatchObject({ outcome: 'privacy' });
  sandbox.advance(1_000);
  const { shop } = sandbox.shopify.credentials;
  await connect(ids[0], 'acme');
  await connect(ids[1], 'bolt', shop);
  const connection = {
    organizationId: 'bolt',
    platform: 'shopify',
    account: shop,
    credentials: sandbox.shopify.credentials,
  };
  expect(await store.integrations.connect(connection)).toMatchObject({ id: ids[1], reconnected: true });
  await sync('full');
  sandbox.advance(1_000);
  // The same body as before, by who has captured it.
  expect(await send('shop/redact')).toMatchObject({ reason: expect.stringContaining('connected anew') });
  expect(await store.records.count({ integrationId: ids[1], kind: 'customer' })).toBe(sandbox.shop.customers.length);
  expect(await send('app/uninstalled')).toMatchObject({ outcome: 'access-lost' });
  expect(await send('shop/redact')).toMatchObject({ outcome: 'privacy' });
  expect(await store.integrations.find(ids[1])).toBeUndefined();
});

test('one that is switched off, and known by its account alone, is erased too', async () => {
  const { sandbox, store, ids, customer, send, stored } = await open();
  for (const id of ids) await store.integrations.disable(id);
  expect(await send('customers/redact')).toMatchObject({ outcome: 'privacy' });
  for (const id of ids) expect(await stored(id)).not.toContain(customer.email);
  sandbox.advance(1_000);
  expect(await send('shop/redact')).toMatchObject({ outcome: 'privacy' });
  for (const id of ids) expect(await store.integrations.find(id)).toBeUndefined();
});

test('what Shopify has not signed erases nothing', async () => {
  const { sandbox, ids, send, stored } = await open();
  const before = await stored(ids[0]);
  for (const topic of sandbox.shopify.privacyTopics) expect(await send(topic, { secret: 'another' })).toBe(401);
  expect(await stored(ids[0])).toBe(before);
});
