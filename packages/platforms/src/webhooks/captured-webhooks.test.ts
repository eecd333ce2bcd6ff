// A webhook of a platform that signs the body alone, captured and sent again with other headers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReceiver } from '../sandbox/fixtures/receiver.js';
import { startSandbox } from '../sandbox/index.js';
import { shopifyWebhook } from '../shopify/webhook.js';
import { wooCommerceWebhook } from '../woocommerce/webhook.js';
import type { WebhookEffect, WebhookRequest, WebhookScheme } from './webhook.js';

const NOW = Date.UTC(2026, 10, 24, 13);

const PLATFORMS = {
  shopify: {
    scheme: shopifyWebhook(() => NOW),
    topic: 'x-shopify-topic',
    shop: 'x-shopify-shop-domain',
    other: 'other.myshopify.com',
    isDeletion: (topic: string) => topic.endsWith('/delete'),
  },
  woocommerce: {
    scheme: wooCommerceWebhook(() => NOW),
    topic: 'x-wc-webhook-topic',
    shop: 'x-wc-webhook-source',
    other: 'https://other.example/',
    isDeletion: (topic: string) => topic.endsWith('.deleted'),
  },
} as const;

const takesAway = (effect: WebhookEffect | undefined) =>
  effect?.kind === 'access-lost' ||
  effect?.kind === 'privacy' ||
  (effect?.kind === 'records' && effect.deleted.length > 0);
const isUnproven = (effect: WebhookEffect | undefined) =>
  effect !== undefined && 'unproven' in effect && effect.unproven !== undefined;

function effectOf(
  scheme: WebhookScheme,
  { headers, body }: WebhookRequest,
  changed: Record<string, string | undefined>,
) {
  const names = new Map(headers);
  for (const [name, value] of Object.entries(changed)) {
    if (value === undefined) names.delete(name);
    else names.set(name, value);
  }
  const event = scheme.read({ headers: names, body }, NOW);
  return event && scheme.apply(event);
}

describe.each(['shopify', 'woocommerce'] as const)('a captured webhook of %s', (id) => {
  const { scheme, topic: topicHeader, shop, other, isDeletion } = PLATFORMS[id];
  const captured = new Map<string, WebhookRequest>();
  beforeAll(async () => {
    const [receiver, sandbox] = await Promise.all([
      createReceiver(),
      startSandbox({ platforms: [id], days: 10, now: NOW }),
    ]);
    for (const topic of [...sandbox[id].webhookTopics, ...sandbox[id].privacyTopics]) {
      await sandbox[id].sendWebhook(topic, { to: receiver.url });
      captured.set(topic, receiver.take());
    }
    await Promise.all([sandbox.close(), receiver.close()]);
  });
  afterAll(() => captured.clear());

  it('does as its own topic says', () => {
    for (const [topic, request] of captured) {
      const effect = effectOf(scheme, request, {});
      expect(isUnproven(effect), topic).toBe(false);
      const isPrivacy = scheme.privacyTopics?.includes(topic);
      expect(takesAway(effect), topic).toBe(isDeletion(topic) || isPrivacy || topic === 'app/uninstalled');
    }
  });

  it('deletes and disconnects nothing under another topic: it starts a sync', () => {
    let compared = 0;
    for (const [topic, request] of captured) {
      for (const wanted of [...scheme.topics.filter((one) => isDeletion(one) || one === 'app/uninstalled')]) {
        // A deletion is the id alone: its topic can't be told from the body.
        if (wanted === topic || (isDeletion(topic) && isDeletion(wanted))) continue;
        const effect = effectOf(scheme, request, { [topicHeader]: wanted });
        expect(takesAway(effect), `${topic} as ${wanted}`).toBe(false);
        if (effect?.kind !== 'ignored') expect(effect).toMatchObject({ kind: 'sync', unproven: expect.any(String) });
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('is not believed under a topic that data is erased or handed out by', () => {
    for (const wanted of scheme.privacyTopics ?? []) {
      for (const [topic, request] of captured) {
        if (topic === wanted) continue;
        const effect = effectOf(scheme, request, { [topicHeader]: wanted });
        expect(effect, `${topic} as ${wanted}`).toEqual({ kind: 'ignored', unproven: expect.any(String) });
      }
    }
  });

  it.each([
    ['another shop', other],
    ['another spelling of another shop', other.toUpperCase()],
  ])('changes no record of %s where the body names its own', (_what, name) => {
    let named = 0;
    for (const [topic, request] of captured) {
      const effect = effectOf(scheme, request, { [shop]: name });
      if (isUnproven(effect)) named++;
      else expect(effect?.kind === 'sync' || isDeletion(topic), topic).toBe(true);
    }
    expect(named).toBeGreaterThan(5);
  });

  it('takes nothing away where no header names the shop, but what names it itself', () => {
    for (const [topic, request] of captured) {
      const effect = effectOf(scheme, request, { [shop]: undefined });
      const namesIt = topic === 'app/uninstalled' || scheme.privacyTopics?.includes(topic);
      expect(takesAway(effect), topic).toBe(namesIt ?? false);
    }
  });

  it('is of the shop that it names where a header does not', () => {
    const headers = (request: WebhookRequest) => new Map([...request.headers].filter(([name]) => name !== shop));
    for (const [topic, request] of captured) {
      const own = scheme.read(request, NOW)?.account;
      const account = scheme.read({ headers: headers(request), body: request.body }, NOW)?.account;
      if (account !== undefined) expect(account, topic).toBe(own);
    }
  });

  it('is not dated later than it came', () => {
    for (const [topic, request] of captured) {
      const effect = effectOf(scheme, request, { 'x-shopify-triggered-at': '2099-01-01T00:00:00Z' });
      if (effect?.kind !== 'records') continue;
      for (const { deletedAt } of effect.deleted) expect(deletedAt, topic).toBe(NOW);
    }
  });
});

describe('what Shopify adds to a deletion', () => {
  const { scheme } = PLATFORMS.shopify;
  const effect = (topic: string, payload: unknown) =>
    scheme.apply({ id: 'w', topic, account: 'glaze.myshopify.com', payload });

  it.each([
    ['orders/delete', { id: 7 }],
    ['orders/delete', { id: 7, admin_graphql_api_id: 'gid://shopify/Order/7' }],
    ['customers/delete', { id: 7, tax_exemptions: [], admin_graphql_api_id: 'gid://shopify/Customer/7' }],
    ['customers/delete', { id: 7, phone: null, addresses: [], tax_exemptions: [], sms_marketing_consent: null }],
  ])('is a deletion: %s %j', (topic, payload) => expect(takesAway(effect(topic, payload))).toBe(true));

  it.each([
    ['orders/delete', { id: 7, admin_graphql_api_id: 'gid://shopify/Product/7' }],
    ['products/delete', { id: 7, admin_graphql_api_id: 'gid://shopify/Customer/7', tax_exemptions: [] }],
    ['customers/delete', { id: 7, email: 'ann@example.com' }],
    ['customers/delete', { id: 7, phone: '+49 30 1234', addresses: [] }],
    ['orders/delete', { id: 7, order_id: 8 }],
    ['orders/delete', { order_edit: { id: 7 } }],
    ['orders/delete', [7]],
    ['orders/delete', null],
  ])('is none: %s %j', (topic, payload) => expect(effect(topic, payload)).toMatchObject({ kind: 'sync' }));

  it.each([
    ['another shop', { id: 1, domain: 'other.myshopify.com', myshopify_domain: 'other.myshopify.com' }],
    ['no shop', { id: 1, domain: null, myshopify_domain: null }],
    ['a domain of its own alone', { id: 1, domain: 'glaze.example' }],
    ['a domain that only begins so', { id: 1, myshopify_domain: 'glaze.myshopify.com.example.net' }],
    ['an order of this shop', { id: 1, order_status_url: 'https://glaze.myshopify.com/1/orders/2/authenticate' }],
    ['a compliance request of this shop', { shop_id: 1, shop_domain: 'glaze.myshopify.com' }],
  ])('an uninstalled app is not proven by %s', (_what, payload) => {
    expect(effect('app/uninstalled', payload)).toMatchObject({ kind: 'sync', streams: [] });
  });
});

describe('the shop that a thing of WooCommerce names', () => {
  const { scheme } = PLATFORMS.woocommerce;
  const product = (href: string, account: string) =>
    scheme.apply({
      id: 'w',
      topic: 'product.updated',
      account,
      payload: { id: 7, _links: { self: [{ href }] } },
    });

  it.each([
    ['https://shop.example/wp-json/wc/v3/products/7', 'shop.example'],
    ['https://shop.example/store/wp-json/wc/v3/products/7', 'shop.example/store'],
    ['https://shop.example/index.php/wp-json/wc/v3/products/7', 'shop.example'],
    ['https://shop.example/index.php?rest_route=/wc/v3/products/7', 'shop.example'],
    ['https://shop.example/store/?rest_route=/wc/v2/products/7', 'shop.example/store'],
    ['https://shop.example:8443/api/wc/v3/products/7/', 'shop.example:8443'],
  ])('%s', (href, account) => {
    expect(product(href, account)).toEqual({ kind: 'sync', streams: ['products'] });
    for (const other of [`${account}/2`, 'other.example', `www.${account}`]) {
      expect(product(href, other)).toMatchObject({ unproven: expect.stringContaining('another shop') });
    }
  });

  it('must be of the topic', () => {
    expect(product('https://shop.example/wp-json/wc/v3/orders/7', 'shop.example')).toMatchObject({
      unproven: expect.stringContaining('topic'),
    });
  });
});
