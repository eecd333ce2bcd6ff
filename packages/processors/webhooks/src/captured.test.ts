// A delivery that was captured and is sent again with other headers, the whole way: door, job, records, integrations.
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { hmacSha256, type OrderRecord, platforms } from '@bizinsights/jobs-platforms';
import { beforeEach, describe, expect, it } from 'vitest';
import { bell, bellRequest, openDoor, SECRET } from './fixtures/door.js';
import { MemoryStore } from './fixtures/memory-store.js';
import { webhookProcessor } from './processor.js';
import { webhookQueue } from './queue.js';

const SHOP = 'glaze.myshopify.com';
const OTHER = 'other.myshopify.com';
const APP_SECRET = 'shpss_0123456789';
const secrets = { shopify: APP_SECRET, woocommerce: 'a shared secret', bell: SECRET };
const senders = [platforms.shopify, platforms.woocommerce, { id: 'bell', webhook: bell }];

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
  store.integrations.push(
    { id: 'int_1', platform: 'shopify', account: SHOP },
    { id: 'int_2', platform: 'shopify', account: OTHER },
    { id: 'woo_1', platform: 'woocommerce', account: 'shop.example' },
    { id: 'woo_2', platform: 'woocommerce', account: 'other.example' },
    { id: 'bell_1', platform: 'bell', account: 'tower' },
  );
});

type Headers = Readonly<Record<string, string>>;

function open() {
  const handled: string[] = [];
  const own = ({ topic }: { topic: string }) => void handled.push(topic);
  const processor = webhookProcessor({
    platforms: senders,
    integrations: store,
    sink: store,
    secrets,
    environment: {},
    handlers: { shopify: { 'app/uninstalled': own, 'shop/redact': own, 'orders/updated': own } },
    now: () => jobs.clock.now(),
  });
  const jobs = createTestJobs({ queues: [webhookQueue, dataSyncQueue], processors: [processor] });
  const door = openDoor(jobs, { platforms: senders, secrets, now: () => jobs.clock.now() });
  const run = async (request: Request) => {
    expect((await door(request)).status).toBe(200);
    const before = jobs.enqueued(dataSyncQueue).length;
    await jobs.drain({ withDelayed: true });
    const [newest] = (await jobs.queue(webhookQueue).list({ state: 'completed', limit: 1 })).jobs;
    const syncs = jobs
      .enqueued(dataSyncQueue)
      .slice(before)
      .map(({ data }) => data);
    return { result: newest?.result, syncs };
  };
  const post = (path: string, body: string, headers: Headers) =>
    run(
      new Request(`http://localhost/api/webhooks/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      }),
    );
  return {
    jobs,
    handled,
    run,
    shopify: (topic: string, payload: unknown, more: Headers = {}, path = 'shopify') => {
      const body = JSON.stringify(payload);
      return post(path, body, {
        'x-shopify-hmac-sha256': hmacSha256(APP_SECRET, body).toString('base64'),
        'x-shopify-topic': topic,
        'x-shopify-webhook-id': crypto.randomUUID(),
        'x-shopify-shop-domain': SHOP,
        ...more,
      });
    },
    woocommerce: (topic: string, payload: unknown, more: Headers = {}) => {
      const body = JSON.stringify(payload);
      return post('woocommerce', body, {
        'x-wc-webhook-signature': hmacSha256(secrets.woocommerce, body).toString('base64'),
        'x-wc-webhook-topic': topic,
        'x-wc-webhook-id': '12',
        'x-wc-webhook-delivery-id': crypto.randomUUID(),
        'x-wc-webhook-source': 'https://shop.example/',
        ...more,
      });
    },
  };
}

const set = { shop_money: { amount: '10.00', currency_code: 'EUR' } };
const order = {
  id: 7,
  admin_graphql_api_id: 'gid://shopify/Order/7',
  name: '#1001',
  order_status_url: `https://${SHOP}/1/orders/0a/authenticate?key=0`,
  processed_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
  financial_status: 'paid',
  test: false,
  total_price_set: set,
  line_items: [],
};
const shop = { id: 1, name: 'Glaze', domain: 'glaze.example', myshopify_domain: SHOP };

const orderRecord: OrderRecord = {
  kind: 'order',
  id: '7',
  updatedAt: Date.UTC(2026, 10, 20),
  number: '7',
  placedAt: Date.UTC(2026, 10, 20),
  payment: 'paid',
  total: { amount: 1_000, currency: 'EUR' },
  refunded: { amount: 0, currency: 'EUR' },
  items: [],
};

describe('Shopify', () => {
  it('an order under the topic of a deletion deletes nothing, and has the orders read', async () => {
    const { shopify } = open();
    await shopify('orders/updated', order);
    const { result, syncs } = await shopify('orders/delete', order);
    expect(result).toMatchObject({ outcome: 'sync', reason: expect.stringContaining('not what this topic') });
    expect(syncs).toMatchObject([{ integrationId: 'int_1', streams: ['orders'] }]);
    expect(store.records.get('int_1 order 7')).toMatchObject({ payment: 'paid' });
  });

  it('an order under the topic of an uninstalled app disconnects nobody, and has everything read', async () => {
    const { shopify, handled } = open();
    const { result, syncs } = await shopify('app/uninstalled', order);
    expect(result).toMatchObject({ outcome: 'sync', handled: false });
    expect(syncs).toMatchObject([{ integrationId: 'int_1' }]);
    expect(syncs[0]).not.toHaveProperty('streams');
    expect(store.lost).toEqual([]);
    expect(handled).toEqual([]);
  });

  it('an uninstalled app is so for its own shop alone', async () => {
    const { shopify, handled } = open();
    expect((await shopify('app/uninstalled', shop, { 'x-shopify-shop-domain': OTHER })).result).toMatchObject({
      outcome: 'sync',
    });
    expect(
      (await shopify('app/uninstalled', shop, { 'x-shopify-shop-domain': OTHER }, 'shopify/int_2')).result,
    ).toMatchObject({ outcome: 'sync' });
    expect(store.lost).toEqual([]);
    expect(handled).toEqual([]);
    expect((await shopify('app/uninstalled', shop)).result).toMatchObject({ outcome: 'access-lost' });
    expect(store.lost).toMatchObject([{ id: 'int_1' }]);
    expect(handled).toEqual(['app/uninstalled']);
  });

  it('an uninstalled app that is sent again with a later time has a sync find out', async () => {
    const { shopify, jobs } = open();
    await shopify('app/uninstalled', shop);
    jobs.clock.advance(86_400_000);
    const { result, syncs } = await shopify('app/uninstalled', shop, {
      'x-shopify-triggered-at': new Date(jobs.clock.now()).toISOString(),
    });
    expect(result).toMatchObject({ outcome: 'sync' });
    expect(syncs).toHaveLength(1);
    expect(store.lost).toHaveLength(1);
  });

  it("another shop's order is not stored, and no handler has it", async () => {
    const { shopify, handled } = open();
    const { result } = await shopify('orders/updated', order, { 'x-shopify-shop-domain': OTHER });
    expect(result).toMatchObject({ outcome: 'sync', integrationId: 'int_2', handled: false });
    expect(store.records.size).toBe(0);
    expect(handled).toEqual([]);
  });

  it('a topic that a host erases by is not believed with the body of another', async () => {
    const { shopify, handled } = open();
    await shopify('shop/redact', order);
    await shopify('shop/redact', { shop_id: 1, shop_domain: OTHER });
    expect(handled).toEqual([]);
    await shopify('shop/redact', { shop_id: 1, shop_domain: SHOP });
    expect(handled).toEqual(['shop/redact']);
  });

  it.each([
    ['another shop', 'orders/delete', { 'x-shopify-shop-domain': OTHER }, 'int_2 order 7'],
    ['another kind of thing', 'customers/delete', {}, 'int_1 order 7'],
  ])('a deletion that was processed deletes nothing of %s', async (_what, topic, headers, key) => {
    const { shopify } = open();
    store.records.set(key, orderRecord);
    expect((await shopify('products/delete', { id: 7 })).result).toMatchObject({ outcome: 'stored' });
    expect((await shopify(topic, { id: 7 }, headers)).result).toMatchObject({ outcome: 'sync' });
    expect(store.records.get(key)).toBe(orderRecord);
  });

  it('a deletion is not dated later than it came', async () => {
    const { shopify, jobs } = open();
    const came = jobs.clock.now();
    await shopify('orders/delete', { id: 7 }, { 'x-shopify-triggered-at': '2099-01-01T00:00:00Z' });
    expect(store.records.get('int_1 order 7')).toEqual({ deletedAt: came });
  });

  it('an order of next year does not win over what follows, and has the platform asked', async () => {
    const { shopify, jobs } = open();
    const ahead = new Date(jobs.clock.now() + 365 * 86_400_000).toISOString();
    const { result, syncs } = await shopify('orders/updated', { ...order, updated_at: ahead });
    expect(result).toMatchObject({ outcome: 'stored', records: { written: 1 }, syncJobId: expect.any(String) });
    expect(syncs).toMatchObject([{ streams: ['orders'] }]);
    jobs.clock.advance(1_000);
    const next = new Date(jobs.clock.now()).toISOString();
    await shopify('orders/updated', { ...order, updated_at: next, financial_status: 'refunded' });
    expect(store.records.get('int_1 order 7')).toMatchObject({ payment: 'refunded' });
  });
});

describe('WooCommerce', () => {
  const customer = {
    id: 7,
    date_created_gmt: '2026-11-20T10:00:00',
    date_modified_gmt: '2026-11-20T10:00:00',
    email: 'ann@example.com',
    first_name: 'Ann',
    last_name: 'Ash',
    _links: { self: [{ href: 'https://shop.example/wp-json/wc/v3/customers/7' }] },
  };

  it('a customer under the topic of a deletion, or of an order, changes nothing', async () => {
    const { woocommerce } = open();
    await woocommerce('customer.updated', customer);
    for (const topic of ['customer.deleted', 'order.deleted', 'order.updated']) {
      expect((await woocommerce(topic, customer)).result, topic).toMatchObject({ outcome: 'sync' });
    }
    expect([...store.records.keys()]).toEqual(['woo_1 customer 7']);
    expect(store.records.get('woo_1 customer 7')).toMatchObject({ name: 'Ann Ash' });
  });

  it.each([
    ['a customer', 'customer.updated', customer],
    ['a deletion that was processed', 'customer.deleted', { id: 7 }],
  ])('%s changes nothing of another shop, also where both have one secret', async (_what, topic, payload) => {
    const { woocommerce } = open();
    const source = { 'x-wc-webhook-source': 'https://other.example' };
    await woocommerce(topic, payload);
    const { result, syncs } = await woocommerce(topic, payload, source);
    expect(result).toMatchObject({ outcome: 'sync', integrationId: 'woo_2' });
    expect(syncs).toHaveLength(1);
    expect([...store.records.keys()].filter((key) => key.startsWith('woo_2'))).toEqual([]);
  });

  it('a thing that was restored can be deleted again', async () => {
    const { woocommerce, jobs } = open();
    expect((await woocommerce('customer.deleted', { id: 7 })).result).toMatchObject({ outcome: 'stored' });
    jobs.clock.advance(60_000);
    expect((await woocommerce('customer.deleted', { id: 7 })).result).toMatchObject({ outcome: 'stored' });
    expect(store.records.get('woo_1 customer 7')).toEqual({ deletedAt: jobs.clock.now() });
  });
});

describe('a platform that signs everything', () => {
  it('is believed, but for a time that is far ahead', async () => {
    const { run, jobs } = open();
    const came = jobs.clock.now();
    const ahead = came + 86_400_000;
    await run(bellRequest({ id: '1', topic: 'melted', account: 'tower', bell: 'b1', at: ahead }));
    expect(store.records.get('bell_1 product b1')).toEqual({ deletedAt: came });
    await run(bellRequest({ id: '2', topic: 'sold', account: 'tower', at: ahead }));
    expect(store.lost).toMatchObject([{ id: 'bell_1', at: came }]);
  });
});
