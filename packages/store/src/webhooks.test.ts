/** The whole way of a webhook: signed by the sandbox, through the handler and the processor, into PostgreSQL. */
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncProcessor, dataSyncQueue } from '@bizinsights/jobs-data-sync';
import { platforms as byId } from '@bizinsights/jobs-platforms';
import { startSandbox } from '@bizinsights/jobs-sandbox';
import { createWebhookHandler, resend, webhookProcessor, webhookQueue } from '@bizinsights/jobs-webhooks';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { ampleBudgets } from './fixtures/ample-budgets.js';
import { KEYS, type OpenStore, openOnPostgres, underTest } from './fixtures/open-store.js';
import { linesOf, truthOf } from './fixtures/sandbox-truth.js';
import { openWebhookDoor } from './fixtures/webhook-door.js';
import { createStore } from './store.js';

let opened: OpenStore;
beforeAll(async () => {
  opened = await openOnPostgres(inject('postgresUrl'));
});
afterAll(() => opened.close());

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

type Sender = 'shopify' | 'stripe' | 'woocommerce';

/** A shop that has just opened: goods, and nobody who has bought any. Its account is synced once. */
async function open(id: Sender) {
  const sandbox = await startSandbox({ platforms: [id], days: 0, now: Date.UTC(2026, 10, 24, 2) });
  cleanUp.push(() => sandbox.close());
  const { shop, now, [id]: server } = sandbox;
  const store = createStore({ pool: opened.pool, keys: KEYS, now });
  cleanUp.push(() => store.integrations.remove(id));
  const connect = async () => {
    const credentials = { ...server.credentials };
    await store.integrations.connect({ id, organizationId: 'acme', platform: id, credentials });
    // Shopify signs with the app's secret and names the shop; the others have an address and a secret for each account.
    const own = id === 'shopify' ? { account: sandbox.shopify.credentials.shop } : { secrets: [secret] };
    await store.webhooks.register(id, own);
  };
  const secret = server.webhookSecret ?? '';
  await connect();

  // Given once to all that a host makes of it.
  const accounts = {
    platforms: [...Object.values(byId), resend],
    integrations: store.integrations,
    sink: store.records,
    environment: { SHOPIFY_WEBHOOK_SECRET: secret },
    now,
  };
  const budgets = ampleBudgets(Object.values(byId));
  const processors = [
    dataSyncProcessor({ ...accounts, http: sandbox.http, budgets, schedules: false }),
    webhookProcessor(accounts),
  ] as const;
  const jobs = createTestJobs({ queues: [dataSyncQueue, webhookQueue], processors });
  cleanUp.push(() => jobs.close());
  const door = await openWebhookDoor(createWebhookHandler(jobs, accounts));
  cleanUp.push(() => door.close());
  const work = async () => {
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ failed: 0, retried: 0 });
    const [newest] = (await jobs.queue(webhookQueue).list({ state: 'completed', limit: 1 })).jobs;
    return newest?.result;
  };
  const sync = async () => {
    await jobs.queue(dataSyncQueue).add({ integrationId: id });
    await work();
  };
  await sync();
  const send = async (topic: string, options: { readonly secret?: string } = {}) => {
    const path = id === 'shopify' ? id : `${id}/${id}`;
    return (await server.sendWebhook(topic, { to: `${door.url}/${path}`, ...options })).status;
  };
  return {
    sandbox,
    shop,
    store,
    work,
    sync,
    connect,
    stored: async () => linesOf(await underTest(store).records(id)),
    truth: () => truthOf(id, shop),
    send,
    /** Sent now, and on its way until `release`. */
    async sendLate(topic: string) {
      door.isHolding = true;
      expect(await send(topic)).toBe(200);
      door.isHolding = false;
    },
    async release() {
      expect(await door.release()).toBe(200);
      return await work();
    },
  };
}

/** What each platform tells when somebody new has bought something, and when something is given back. */
const TOPICS = {
  shopify: { bought: ['customers/create', 'orders/create', 'products/update'], refunded: 'refunds/create' },
  stripe: { bought: ['customer.created', 'customer.updated', 'charge.succeeded'], refunded: 'charge.refunded' },
  // Of the order itself, which is not the newest one: the sandbox does not tell.
  woocommerce: { bought: ['customer.created', 'order.created', 'product.updated'], refunded: undefined },
} as const;

/** What happens to the newest order: made twice, changed, deleted where that can be. */
const LIFE = {
  shopify: { early: ['orders/create', 'orders/paid'], changed: 'orders/updated', deleted: 'orders/delete' },
  stripe: { early: ['charge.pending', 'charge.succeeded'], changed: 'charge.updated', deleted: undefined },
  woocommerce: { early: ['order.created', 'order.restored'], changed: 'order.updated', deleted: 'order.deleted' },
} as const;

describe.each(['shopify', 'stripe', 'woocommerce'] as const)('%s', (id) => {
  test('what it tells is stored as the shop has it, by the webhook or by the sync that it asks for', async () => {
    const { sandbox, store, stored, truth, send, work } = await open(id);
    expect(await stored()).toEqual(truth());
    const { bought, refunded } = TOPICS[id];
    sandbox.change();
    for (const topic of bought) expect(await send(topic)).toBe(200);
    await work();
    expect(await stored()).toEqual(truth());
    if (refunded !== undefined) {
      // Somebody else buys something too.
      sandbox.change();
      for (const topic of [...bought, refunded]) expect(await send(topic)).toBe(200);
      await work();
      expect(await stored()).toEqual(truth());
    }
    expect(await store.records.rejected(id)).toEqual([]);
    await store.metrics.refresh('acme');
    const { orders } = await store.metrics.total('acme', { from: '2026-11-24', to: '2026-11-24' });
    expect(orders).toBe(sandbox.shop.orders.length);
  });

  test('an older event that comes late changes nothing, also where the thing is gone by then', async () => {
    const { sandbox, shop, stored, truth, send, sendLate, release, work } = await open(id);
    const { early, changed, deleted } = LIFE[id];
    sandbox.change();
    for (const topic of early) await sendLate(topic);
    sandbox.advance(2_000);
    const order = shop.orders.at(-1);
    if (!order) throw new Error('Nobody has bought anything');
    Object.assign(order, { payment: 'refunded', refunded: order.total, updatedAt: sandbox.now() });
    expect(await send(changed)).toBe(200);
    expect(await work()).toMatchObject({ outcome: 'stored', records: { written: 1 } });
    const isOfOrders = (line: string) => /^(order|charge) /.test(line);
    const orders = async () => (await stored()).filter(isOfOrders);
    expect(await orders()).toEqual(truth().filter(isOfOrders));

    expect(await release()).toMatchObject({ outcome: 'stored', records: { written: 0, unchanged: 1 } });
    expect(await orders()).toEqual(truth().filter(isOfOrders));
    if (deleted !== undefined) {
      sandbox.advance(1_000);
      await send(deleted);
      expect(await work()).toMatchObject({ outcome: 'stored', records: { deleted: 1 } });
    }
    expect(await release()).toMatchObject({ outcome: 'stored', records: { written: 0, unchanged: 1 } });
    expect(await orders()).toEqual(deleted === undefined ? truth().filter(isOfOrders) : []);
  });

  test('what it has not signed stores nothing', async () => {
    const { sandbox, stored, send, work } = await open(id);
    const before = await stored();
    sandbox.change();
    for (const topic of TOPICS[id].bought) expect(await send(topic, { secret: 'another' })).toBe(401);
    await work();
    expect(await stored()).toEqual(before);
  });
});

test.each([0, 3_600_000])('an older event of the same second that comes %i ms late is not what stays', async (late) => {
  const { sandbox, shop, stored, truth, send, sendLate, release, sync, work } = await open('shopify');
  sandbox.change();
  sandbox.change();
  const [other, order] = shop.orders;
  if (!other || !order) throw new Error('Nobody has bought anything');
  const state = async () => (await stored()).filter((line) => line.startsWith(`order ${order.id} `));
  Object.assign(order, { payment: 'pending' });
  await sendLate('orders/create');
  Object.assign(order, { payment: 'paid' });
  await send('orders/paid');
  await work();
  const paid = truth().filter((line) => line.startsWith(`order ${order.id} `));
  expect(await state()).toEqual(paid);
  // By then a sync has read what is newer, and the next one begins there.
  sandbox.advance(late);
  Object.assign(other, { updatedAt: sandbox.now() });
  if (late > 0) await sync();
  expect(await release()).toMatchObject({ outcome: 'stored', syncJobId: expect.any(String) });
  expect(await state()).toEqual(paid);
});

test('a webhook leaves what has brought an order, which it does not say, and has nothing asked', async () => {
  const { sandbox, shop, store, stored, truth, send, sync, work } = await open('shopify');
  sandbox.change();
  await sync();
  const order = shop.orders.at(-1);
  if (!order) throw new Error('Nobody has bought anything');
  const said = async () => {
    const [record] = (await store.records.list({ integrationId: 'shopify', kind: 'order' })).slice(-1);
    return { channel: record?.channel, country: record?.country, payment: record?.payment };
  };
  const known = { channel: 'Direct', country: 'DE' };
  expect(await said()).toEqual({ ...known, payment: 'paid' });
  await send('orders/updated');
  const same = await work();
  expect(same).toMatchObject({ outcome: 'stored', records: { written: 0, unchanged: 1 } });
  expect(same).not.toHaveProperty('syncJobId');
  sandbox.advance(2_000);
  Object.assign(order, { payment: 'refunded', refunded: order.total, updatedAt: sandbox.now() });
  await send('orders/updated');
  expect(await work()).toMatchObject({ outcome: 'stored', records: { written: 1 } });
  expect(await said()).toEqual({ ...known, payment: 'refunded' });
  expect(await stored()).toEqual(truth());
});

test('an order that gets one thing more and loses another counts with its current total', async () => {
  const { sandbox, shop, stored, truth, send, work } = await open('shopify');
  sandbox.advance(12 * 3_600_000);
  const before = shop.orders.map(({ total }) => total);
  sandbox.edit();
  expect(shop.orders.filter(({ total }, index) => total !== before[index])).toHaveLength(2);
  await send('orders/edited');
  await work();
  const orders = (lines: readonly string[]) => lines.filter((line) => line.startsWith('order '));
  expect(orders(await stored())).toEqual(orders(truth()));
});

test.each([
  ['shopify', 'app/uninstalled', /uninstalled from the shop/],
  ['stripe', 'account.application.deauthorized', /taken its access back/],
] as const)('%s says that it has lost its access: the integration is marked', async (id, topic, reason) => {
  const { sandbox, store, send, work } = await open(id);
  sandbox.advance(1_000);
  expect(await send(topic)).toBe(200);
  expect(await work()).toMatchObject({ outcome: 'access-lost' });
  const found = await store.integrations.find(id);
  expect(found).toMatchObject({ status: 'access-lost', lastFailedAt: sandbox.now() });
  expect(found?.statusReason).toMatch(reason);
});

test('an app that was uninstalled and is there again is not lost when that comes late', async () => {
  const { sandbox, store, connect, sendLate, release } = await open('shopify');
  await sendLate('app/uninstalled');
  sandbox.advance(1_000);
  await connect();
  expect(await release()).toMatchObject({ outcome: 'ignored' });
  expect(await store.integrations.find('shopify')).toMatchObject({ status: 'active' });
});

test('Stripe: a hold is no revenue, what is captured of it is, and what it releases is no refund', async () => {
  const { sandbox, shop, store, send, work } = await open('stripe');
  sandbox.change();
  const order = shop.orders.at(-1);
  if (!order) throw new Error('Nobody has bought anything');
  const totalAfter = async (topic: string, state: Partial<typeof order>) => {
    sandbox.advance(1_000);
    Object.assign(order, state);
    expect(await send(topic)).toBe(200);
    expect(await work()).toMatchObject({ outcome: 'stored', records: { written: 1 } });
    await store.metrics.refresh('acme');
    const { revenue, refunds, orders } = await store.metrics.total('acme', { from: '2026-11-24', to: '2026-11-24' });
    return { revenue, refunds, orders };
  };
  const captured = order.total - 500;
  const hold = { payment: 'paid', captured: 0 } as const;
  expect(await totalAfter('charge.updated', hold)).toEqual({ revenue: 0, refunds: 0, orders: 0 });
  // As an account with a version before basil has it: the release is a refund of 5.00.
  const partly = { captured, refunded: 500 };
  expect(await totalAfter('charge.captured', partly)).toEqual({ revenue: captured, refunds: 0, orders: 1 });
  const refunded = { refunded: 200 };
  expect(await totalAfter('charge.refunded', refunded)).toEqual({ revenue: captured, refunds: 200, orders: 1 });
  const released = { captured: 0, refunded: 0 };
  expect(await totalAfter('charge.expired', released)).toEqual({ revenue: 0, refunds: 0, orders: 0 });
});
