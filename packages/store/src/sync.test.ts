/** The whole way: real platforms against the sandbox, through jobs, into PostgreSQL. */
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncProcessor, dataSyncQueue } from '@bizinsights/jobs-data-sync';
import { startSandbox } from '@bizinsights/jobs-platforms/sandbox';
import { shopify } from '@bizinsights/jobs-platforms/shopify';
import { stripe } from '@bizinsights/jobs-platforms/stripe';
import { afterEach, expect, inject, test } from 'vitest';
import { openOnPostgres } from './fixtures/open-store.js';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function open() {
  const sandbox = await startSandbox({ platforms: ['shopify', 'stripe'], days: 20, ordersPerDay: 20 });
  cleanUp.push(() => sandbox.close());
  const opened = await openOnPostgres(inject('postgresUrl'));
  cleanUp.push(opened.close);
  const { store } = opened;
  const connect = (platform: 'shopify' | 'stripe') =>
    store.integrations.connect({ organizationId: 'acme', platform, credentials: { ...sandbox[platform].credentials } });
  const [shop, payments] = [await connect('shopify'), await connect('stripe')];
  const processor = dataSyncProcessor({
    platforms: [shopify, stripe],
    integrations: store.integrations,
    sink: store.records,
    http: sandbox.http,
    now: sandbox.now,
    schedules: false,
  });
  const jobs = createTestJobs({ queues: [dataSyncQueue], processors: [processor] });
  const sync = async () => {
    const queue = jobs.queue(dataSyncQueue);
    for (const { id } of [shop, payments]) await queue.add({ integrationId: id });
    return await jobs.drain({ withDelayed: true });
  };
  return { sandbox, store, sync, shop: shop.id, payments: payments.id };
}

test('a shop and its payments come home, whatever goes wrong on the way, and stay up to date', async () => {
  const { sandbox, store, sync, shop, payments } = await open();
  sandbox.shopify.faults.push('none', 'rate-limited', 'cut', 'none', 'not-json', 'server-error');
  sandbox.stripe.faults.push('server-error', 'none', 'cut-answer', 'rate-limited');
  expect(await sync()).toMatchObject({ completed: 2, failed: 0 });
  const check = async () => {
    const { orders, customers, products } = sandbox.shop;
    expect(await store.records.count({ integrationId: shop, kind: 'order' })).toBe(orders.length);
    expect(await store.records.count({ integrationId: shop, kind: 'customer' })).toBe(customers.length);
    expect(await store.records.count({ integrationId: shop, kind: 'product' })).toBe(products.length);
    expect(await store.records.count({ integrationId: payments, kind: 'charge' })).toBeGreaterThan(0);
    await store.metrics.refresh('acme');
    const { orders: sold, revenue } = await store.metrics.total('acme', { from: '2026-01-01', to: '2026-12-31' });
    const listed = await store.records.list({ integrationId: shop, kind: 'order', limit: 100_000 });
    const paid = listed.filter(({ payment }) => payment !== 'pending' && payment !== 'void');
    expect({ sold, revenue }).toEqual({
      sold: paid.length,
      revenue: paid.reduce((sum, { total }) => sum + total.amount, 0),
    });
  };
  await check();
  const before = sandbox.shop.orders.length;
  sandbox.advance(2 * 24 * 3_600_000);
  expect(sandbox.shop.orders.length).toBeGreaterThan(before);
  expect(await sync()).toMatchObject({ completed: 2, failed: 0 });
  await check();
});

test('a token that was revoked marks its integration; the other one goes on', async () => {
  const { sandbox, store, sync, shop, payments } = await open();
  sandbox.shopify.accessLost = true;
  expect(await sync()).toMatchObject({ completed: 1, failed: 1 });
  expect(await store.integrations.find(shop)).toMatchObject({ status: 'access-lost' });
  expect((await store.integrations.find(shop))?.statusReason).toBeTruthy();
  expect(await store.integrations.find(payments)).toMatchObject({ status: 'active', lastSyncedAt: sandbox.now() });
  sandbox.shopify.accessLost = false;
  const { credentials } = sandbox.shopify;
  await store.integrations.connect({
    id: shop,
    organizationId: 'acme',
    platform: 'shopify',
    credentials: { ...credentials },
  });
  expect(await sync()).toMatchObject({ completed: 2, failed: 0 });
  expect(await store.integrations.find(shop)).toMatchObject({ status: 'active', statusReason: undefined });
});
