// Requests about personal data, the whole way: door, job, port, handlers. On the engine in memory.
import { ProcessorDefinitionError } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { type CustomerRecord, hmacSha256, type OrderRecord, platforms } from '@bizinsights/jobs-platforms';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDoor } from '../fixtures/door.js';
import { MemoryPrivacy } from '../fixtures/memory-privacy.js';
import { MemoryStore } from '../fixtures/memory-store.js';
import { type WebhookProcessorOptions, webhookProcessor } from '../processor.js';
import { webhookQueue } from '../queue.js';
import type { CustomerDataRequest } from './privacy.js';

const SHOP = 'glaze.myshopify.com';
const OTHER = 'other.myshopify.com';
const APP_SECRET = 'shpss_0123456789';
const secrets = { shopify: APP_SECRET };
const senders = [platforms.shopify];

const ann: CustomerRecord = { kind: 'customer', id: '7', updatedAt: 1, createdAt: 1, email: 'ann@example.com' };
const order: OrderRecord = {
  kind: 'order',
  id: '70',
  updatedAt: 1,
  number: '#70',
  placedAt: 1,
  payment: 'paid',
  total: { amount: 1_000, currency: 'EUR' },
  refunded: { amount: 0, currency: 'EUR' },
  customerId: '7',
  items: [],
};

let store: MemoryStore;
let privacy: MemoryPrivacy;
beforeEach(() => {
  store = new MemoryStore();
  privacy = new MemoryPrivacy(store);
  store.integrations.push(
    { id: 'int_1', platform: 'shopify', account: SHOP, organizationId: 'acme' },
    { id: 'int_2', platform: 'shopify', account: SHOP, organizationId: 'bolt', isOff: true },
    { id: 'int_3', platform: 'shopify', account: OTHER, organizationId: 'acme' },
  );
  for (const id of ['int_1', 'int_2', 'int_3']) {
    store.records.set(`${id} customer 7`, ann);
    store.records.set(`${id} order 70`, order);
  }
});

type Headers = Readonly<Record<string, string>>;

function open(options: Partial<WebhookProcessorOptions> = {}) {
  const processor = webhookProcessor({
    platforms: senders,
    integrations: store,
    sink: store,
    secrets,
    environment: {},
    now: () => jobs.clock.now(),
    ...options,
  });
  const jobs = createTestJobs({ queues: [webhookQueue, dataSyncQueue], processors: [processor] });
  const door = openDoor(jobs, { platforms: senders, secrets, now: () => jobs.clock.now() });
  return {
    jobs,
    async send(topic: string, payload: unknown, more: Headers = {}, path = 'shopify') {
      const body = JSON.stringify(payload);
      const headers = {
        'content-type': 'application/json',
        'x-shopify-hmac-sha256': hmacSha256(APP_SECRET, body).toString('base64'),
        'x-shopify-topic': topic,
        'x-shopify-webhook-id': crypto.randomUUID(),
        'x-shopify-shop-domain': SHOP,
        ...more,
      };
      const request = new Request(`http://localhost/api/webhooks/${path}`, { method: 'POST', headers, body });
      expect((await door(request)).status).toBe(200);
      await jobs.drain({ withDelayed: true });
      const queue = jobs.queue(webhookQueue);
      const [done] = (await queue.list({ state: 'completed', limit: 1 })).jobs;
      const [failed] = (await queue.list({ state: 'failed', limit: 1 })).jobs;
      return { result: done?.result, failed };
    },
  };
}

const whose = { shop_id: 1, shop_domain: SHOP };
const customer = { id: 7, email: 'ann@example.com', phone: null };
const redact = { ...whose, customer, orders_to_redact: [70] };
const request = { ...whose, customer, orders_requested: [70], data_request: { id: 9_999 } };

describe('customers/redact', () => {
  it('erases the customer from every integration of the shop, also where one is switched off', async () => {
    const { send } = open({ privacy });
    const { result } = await send('customers/redact', redact);
    expect(result).toEqual({ outcome: 'privacy', handled: false, integrationId: 'int_1' });
    expect([...store.records.keys()]).toEqual([
      'int_1 order 70',
      'int_2 order 70',
      'int_3 customer 7',
      'int_3 order 70',
    ]);
    expect(store.records.get('int_2 order 70')).not.toHaveProperty('customerId');
    expect(store.records.get('int_3 order 70')).toHaveProperty('customerId', '7');
  });

  it('is for one integration alone where the address names it, and for none of another shop', async () => {
    const { send } = open({ privacy });
    await send('customers/redact', redact, {}, 'shopify/int_1');
    expect(privacy.asked).toEqual(['erase int_1 7']);
    const { failed } = await send('customers/redact', redact, {}, 'shopify/int_3');
    expect(failed?.failedReason).toMatch(/came to the address of an integration that is not of it/);
    expect(privacy.asked).toEqual(['erase int_1 7']);
  });

  it('of a shop that nothing is stored of has nothing to do, at whatever address', async () => {
    store.integrations.splice(0, 2);
    const { send } = open({ privacy });
    for (const path of ['shopify', 'shopify/int_3']) {
      const { result } = await send('customers/redact', redact, {}, path);
      expect(result).toMatchObject({ outcome: 'privacy', reason: expect.stringContaining('nothing is stored') });
    }
    expect(privacy.asked).toEqual([]);
  });

  it('fails where its integration is switched off before it is carried out, and is carried out when it is on', async () => {
    const { send, jobs } = open({ privacy, integrations: store });
    const [first] = store.integrations;
    if (!first) throw new Error('There is no integration');
    store.integrations.splice(0, 1, { ...first, isOff: true });
    const { failed } = await send('customers/redact', redact, {}, 'shopify/int_1');
    expect(failed?.failedReason).toMatch(/switched off since, and is not carried out/);
    store.integrations.splice(0, 1, first);
    await jobs.queue(webhookQueue).retry(failed?.id ?? '');
    await jobs.drain({ withDelayed: true });
    expect(privacy.asked).toEqual(['erase int_1 7']);
    // What was removed has nothing left.
    store.integrations.splice(0, 1);
    const { result } = await send('customers/redact', redact, {}, 'shopify/int_1');
    expect(result).toMatchObject({ outcome: 'ignored', reason: expect.stringContaining('no active integration') });
  });

  it('fails where the integration of its address has no account, and is carried out once that is known', async () => {
    store.integrations.push({ id: 'int_9', platform: 'shopify' });
    const { send, jobs } = open({ privacy });
    const { failed } = await send('customers/redact', redact, {}, 'shopify/int_9');
    expect(failed?.failedReason).toMatch(/is not known to be of that one/);
    expect(privacy.asked).toEqual([]);
    store.integrations.splice(-1, 1, { id: 'int_9', platform: 'shopify', account: SHOP });
    await jobs.queue(webhookQueue).retry(failed?.id ?? '');
    await jobs.drain({ withDelayed: true });
    expect(privacy.asked).toEqual(['erase int_9 7']);
  });

  it('is tried again where the store fails, and goes on with the others meanwhile', async () => {
    const { send } = open({ privacy });
    privacy.failing = 1;
    const { result } = await send('customers/redact', redact);
    expect(result).toMatchObject({ outcome: 'privacy' });
    expect(privacy.asked).toEqual(['erase int_2 7', 'erase int_1 7', 'erase int_2 7']);
  });

  it('that comes twice is carried out once', async () => {
    const { send, jobs } = open({ privacy });
    const headers = { 'x-shopify-webhook-id': 'w-1' };
    await send('customers/redact', redact, headers);
    await send('customers/redact', redact, headers);
    expect(privacy.asked).toHaveLength(2);
    expect((await jobs.queue(webhookQueue).list({ state: 'completed' })).jobs).toHaveLength(1);
  });

  it.each([
    ['under the name of another shop', 'customers/redact', redact, { 'x-shopify-shop-domain': OTHER }],
    ['as the erasure of a shop', 'shop/redact', redact, {}],
    ['as a request for data', 'customers/data_request', redact, {}],
    ['as another customer', 'customers/redact', { id: 7 }, {}],
  ])('captured and sent again %s does nothing', async (_how, topic, payload, headers: Headers) => {
    const { send } = open({ privacy, onCustomerDataRequest: () => expect.unreachable() });
    const { result } = await send(topic, payload, headers);
    expect(result).toMatchObject({ outcome: 'ignored', reason: expect.stringMatching(/the body is/) });
    expect(privacy.asked).toEqual([]);
    expect(store.records.size).toBe(6);
  });
});

describe('customers/data_request', () => {
  it('hands what is stored of the customer to the host, for each integration once', async () => {
    const handed: CustomerDataRequest[] = [];
    let failing = 1;
    const { send } = open({
      privacy,
      onCustomerDataRequest: (one) => {
        if (one.integration.id === 'int_2' && failing-- > 0) throw new Error('The mail server is away');
        handed.push(one);
      },
    });
    const { result } = await send('customers/data_request', request);
    expect(result).toMatchObject({ outcome: 'privacy', handled: false });
    expect(handed.map(({ integration }) => integration)).toEqual([
      { id: 'int_1', organizationId: 'acme' },
      { id: 'int_2', organizationId: 'bolt' },
    ]);
    expect(handed[0]).toEqual({
      requestId: '9999',
      customer: { customerId: '7', email: 'ann@example.com', orderIds: ['70'] },
      platform: 'shopify',
      account: SHOP,
      integration: { id: 'int_1', organizationId: 'acme' },
      data: { records: [ann, order], rejected: [] },
    });
  });

  it('needs the store for what it hands out', () => {
    expect(() => open({ onCustomerDataRequest: () => {} })).toThrow(ProcessorDefinitionError);
  });
});

describe('shop/redact', () => {
  it('erases every integration of the shop, and nothing of another; the host hears of it', async () => {
    const heard: string[] = [];
    const handlers = {
      shopify: {
        'shop/redact': (_event: unknown, _job: unknown, integrations: readonly { id: string }[]) =>
          void heard.push(...integrations.map(({ id }) => id)),
      },
    };
    const { send } = open({ privacy, handlers });
    const { result } = await send('shop/redact', whose);
    expect(result).toEqual({ outcome: 'privacy', handled: true, integrationId: 'int_1' });
    expect(store.integrations.map(({ id }) => id)).toEqual(['int_3']);
    expect([...store.records.keys()]).toEqual(['int_3 customer 7', 'int_3 order 70']);
    expect(heard).toEqual(['int_1', 'int_2']);
  });

  it('tells the host of all of them also where an attempt has failed between two', async () => {
    const heard: number[] = [];
    const own = (_event: unknown, _job: unknown, integrations: readonly unknown[]) =>
      void heard.push(integrations.length);
    const { send } = open({
      privacy: {
        ...bound(privacy),
        eraseAccount: async (id, at) => {
          if (id === 'int_2' && privacy.asked.length === 1) {
            privacy.asked.push('failed');
            throw new Error('The database is away');
          }
          return await privacy.eraseAccount(id, at);
        },
      },
      handlers: { shopify: { 'shop/redact': own } },
    });
    await send('shop/redact', whose);
    expect(privacy.asked).toEqual(['erase int_1', 'failed', 'erase int_1', 'erase int_2']);
    expect(heard).toEqual([2]);
  });

  it('captured and sent again when the shop is connected anew erases nothing', async () => {
    const { send, jobs } = open({ privacy });
    await send('shop/redact', whose);
    jobs.clock.advance(30 * 86_400_000);
    store.integrations.push({ id: 'int_4', platform: 'shopify', account: SHOP });
    privacy.connectedAt.set('int_4', jobs.clock.now());
    jobs.clock.advance(86_400_000);
    const { result } = await send('shop/redact', whose, {
      'x-shopify-triggered-at': new Date(jobs.clock.now()).toISOString(),
    });
    expect(result).toMatchObject({ outcome: 'privacy', reason: expect.stringContaining('connected anew') });
    expect(store.integrations.map(({ id }) => id)).toContain('int_4');
  });
});

describe('where nobody is there to carry it out', () => {
  it.each([
    ['customers/redact', redact, /erasure .* Give webhookProcessor `privacy` \(/],
    ['shop/redact', whose, /erasure .* Give webhookProcessor `privacy` \(/],
    ['customers/data_request', request, /`privacy` and `onCustomerDataRequest`/],
  ])('%s fails at once, and says what is missing', async (topic, body, says) => {
    const { failed, result } = await open().send(topic, body);
    expect(result).toBeUndefined();
    expect(failed?.failedReason).toMatch(says);
    expect(failed?.failedReason).toContain("handlers: { 'shopify': … }");
    expect(failed?.failedReason).not.toContain('ann@example.com');
    expect(failed?.attemptsMade).toBe(1);
  });

  it('a request for data fails also with a store that nobody takes the data of', async () => {
    const { failed } = await open({ privacy }).send('customers/data_request', request);
    expect(failed?.failedReason).toContain('onCustomerDataRequest');
    expect(privacy.asked).toEqual([]);
  });

  it('a handler of the host takes it instead', async () => {
    const heard: unknown[] = [];
    const own = ({ payload }: { payload: unknown }) => void heard.push(payload);
    const handlers = { shopify: { 'customers/redact': own, 'customers/data_request': own, 'shop/redact': own } };
    const { send } = open({ handlers });
    for (const [topic, body] of [
      ['customers/redact', redact],
      ['customers/data_request', request],
      ['shop/redact', whose],
    ] as const) {
      expect((await send(topic, body)).result).toMatchObject({ outcome: 'privacy', handled: true });
    }
    expect(heard).toEqual([redact, request, whose]);
    expect(store.records.size).toBe(6);
  });
});

function bound(port: MemoryPrivacy) {
  return {
    findAccount: port.findAccount.bind(port),
    eraseCustomer: port.eraseCustomer.bind(port),
    exportCustomer: port.exportCustomer.bind(port),
  };
}
