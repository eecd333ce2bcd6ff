// What the body of a webhook has to say before its unsigned topic and shop are believed.
import { describe, expect, it } from 'vitest';
import { shopifyWebhook } from '../shopify/webhook.js';
import { wooCommerceWebhook } from '../woocommerce/webhook.js';
import type { WebhookEffect } from './webhook.js';

describe('what Shopify adds to a deletion', () => {
  const scheme = shopifyWebhook();
  const takesAway = (effect: WebhookEffect) => effect.kind === 'records' && effect.deleted.length > 0;
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
  const scheme = wooCommerceWebhook();
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
