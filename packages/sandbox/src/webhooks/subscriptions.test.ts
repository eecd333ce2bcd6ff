import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebhookEvent, WebhookRequest } from '@bizinsights/jobs-platforms';
import { facebookAds } from '@bizinsights/jobs-platforms/facebook-ads';
import { shopify } from '@bizinsights/jobs-platforms/shopify';
import { stripe } from '@bizinsights/jobs-platforms/stripe';
import { wooCommerce } from '@bizinsights/jobs-platforms/woocommerce';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createReceiver } from '../fixtures/receiver.js';
import { schemeOf } from '../fixtures/scheme-of.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../index.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const HOUR = 3_600_000;

const SCHEMES = {
  shopify: schemeOf(shopify),
  stripe: schemeOf(stripe),
  woocommerce: schemeOf(wooCommerce),
  'facebook-ads': schemeOf(facebookAds),
} as const;

let receiver: Awaited<ReturnType<typeof createReceiver>>;
let sandbox: Sandbox | undefined;
beforeEach(async () => {
  receiver = await createReceiver();
});
afterEach(async () => {
  await sandbox?.close();
  await receiver.close();
});

async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  sandbox = await startSandbox({ days: 40, ordersPerDay: 8, now: NOW, ...options });
  return sandbox;
}

/** All that has come, when nothing is under way any more. */
async function received({ shopify, stripe, woocommerce, 'facebook-ads': facebook }: Sandbox) {
  const subscriptions = () => [shopify, stripe, woocommerce, facebook].flatMap((server) => server.subscriptions);
  await vi.waitFor(() => expect(subscriptions().every(({ pending }) => pending === 0)).toBe(true), {
    timeout: 60_000,
    interval: 5,
  });
  expect(subscriptions().map(({ failed }) => failed)).toEqual(subscriptions().map(() => 0));
  const requests: WebhookRequest[] = [];
  const count = subscriptions().reduce((sum, { delivered }) => sum + delivered, 0);
  while (requests.length < count) requests.push(receiver.take());
  return requests;
}

describe.each(['shopify', 'stripe', 'woocommerce'] as const)('a subscription at %s', (id) => {
  const scheme = SCHEMES[id];

  it('tells of each order that comes in, is paid or given back, signed and with what it is then', async () => {
    const running = await start({ webhooks: { [id]: { to: receiver.url } } });
    const { shop, now, advance, [id]: server } = running;
    const before = shop.orders.length;
    advance(6 * HOUR);
    running.change();
    const requests = await received(running);
    const events: WebhookEvent[] = [];
    for (const request of requests) {
      expect(scheme.verify(request, [server.webhookSecret ?? ''], now())).toEqual({ verified: true });
      const event = scheme.read(request, now());
      if (event) events.push(event);
    }
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    const created = { shopify: 'orders/create', stripe: 'charge.pending', woocommerce: 'order.created' }[id];
    const returned = { shopify: 'refunds/create', stripe: 'charge.refunded', woocommerce: 'order.updated' }[id];
    const topics = events.map(({ topic }) => topic);
    expect(topics.filter((topic) => topic === created)).toHaveLength(shop.orders.length - before);
    expect(topics).toContain(returned);
    expect(new Set(topics).size).toBeGreaterThan(3);
    for (const event of events) expect(scheme.apply(event).kind, event.topic).not.toBe('access-lost');
  });
});

it('campaigns that change are told by Facebook', async () => {
  const running = await start({ webhooks: { 'facebook-ads': { to: receiver.url } } });
  running.change();
  const [request, ...more] = await received(running);
  expect(more.length).toBeGreaterThan(0);
  const { webhookSecret = '' } = running['facebook-ads'];
  const verdict = request && SCHEMES['facebook-ads'].verify(request, [webhookSecret], running.now());
  expect(verdict).toEqual({ verified: true });
});

it('topics and secret are those of the subscription; unsubscribe ends it', async () => {
  const running = await start();
  const { shopify: server } = running;
  server.subscribe({ topics: ['orders/paid'], to: receiver.url, secret: 'mine' });
  expect(server.subscriptions).toEqual([
    { topics: ['orders/paid'], to: `${receiver.url}/`, delivered: 0, failed: 0, pending: 0 },
  ]);
  running.advance(6 * HOUR);
  const requests = await received(running);
  expect(new Set(requests.map(({ headers }) => headers.get('x-shopify-topic')))).toEqual(new Set(['orders/paid']));
  for (const request of requests) {
    expect(SCHEMES.shopify.verify(request, ['mine'], running.now())).toEqual({ verified: true });
  }
  server.unsubscribe(receiver.url);
  running.advance(6 * HOUR);
  expect(server.subscriptions).toEqual([]);
  expect(() => receiver.take()).toThrow('no webhook came');
});

it('an address that is none and a topic that is not sent are refused', async () => {
  const { stripe: server, 'google-analytics': analytics } = await start();
  expect(() => server.subscribe({ to: 'nowhere' })).toThrow(TypeError);
  expect(() => server.subscribe({ to: receiver.url, topics: 'orders/paid' })).toThrow(
    'no webhook "orders/paid" of stripe',
  );
  expect(() => analytics.subscribe({ to: receiver.url })).toThrow(TypeError);
  await expect(startSandbox({ webhooks: { shopify: { to: receiver.url, topics: 'none' } } })).rejects.toThrow(
    TypeError,
  );
});

it('a subscription goes on after a restart, and what is sent twice has the id of before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-webhooks-'));
  const stateFile = join(folder, 'state.json');
  const idsOf = (requests: readonly WebhookRequest[]) => requests.map((one) => SCHEMES.shopify.read(one, NOW)?.id);
  const twin = await start({ platforms: ['shopify'] });
  twin.shopify.subscribe({ topics: 'orders/create', to: receiver.url });
  twin.advance(10 * HOUR);
  const whole = idsOf(await only(twin));
  await twin.close();

  const before = await start({ platforms: ['shopify'], stateFile });
  before.shopify.subscribe({ topics: 'orders/create', to: receiver.url });
  before.advance(5 * HOUR);
  const first = idsOf(await only(before));
  await before.close();
  const after = await start({ platforms: ['shopify'], stateFile });
  expect(after.shopify.subscriptions).toMatchObject([{ topics: ['orders/create'], to: `${receiver.url}/` }]);
  after.advance(5 * HOUR);
  expect([...first, ...idsOf(await only(after))].sort()).toEqual(whole.sort());
  rmSync(folder, { recursive: true });

  async function only({ shopify: server }: Sandbox): Promise<WebhookRequest[]> {
    await vi.waitFor(() => expect(server.subscriptions[0]?.pending).toBe(0), { timeout: 60_000, interval: 5 });
    return Array.from({ length: server.subscriptions[0]?.delivered ?? 0 }, () => receiver.take());
  }
});
