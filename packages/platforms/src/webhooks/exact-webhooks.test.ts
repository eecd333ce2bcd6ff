// What a webhook says arrives as it was sent: ids that a double can't hold, and byte-order marks, which are signed too.
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { facebookWebhook } from '../facebook-ads/webhook.js';
import { shopifyWebhook } from '../shopify/webhook.js';
import { stripeWebhook } from '../stripe/webhook.js';
import { wooCommerceWebhook } from '../woocommerce/webhook.js';
import type { WebhookEffect, WebhookScheme } from './webhook.js';

const SECRET = 'a secret of the shop';
const NOW = Date.UTC(2026, 10, 24, 12);
const MARK = '\ufeff';

const hmac = (text: string) => createHmac('sha256', SECRET).update(text);

const shopifyOrder = (id: string) =>
  `{"id":${id},"name":"#1001","processed_at":"2026-11-24T10:00:00Z","updated_at":"2026-11-24T10:00:00Z",
    "financial_status":"paid","test":false,"total_price_set":{"shop_money":{"amount":"1e3","currency_code":"EUR"}},
    "customer":{"id":${id}1},"line_items":[{"title":"Mug","quantity":1,"product_id":${id}2,
    "price_set":{"shop_money":{"amount":"1000.00","currency_code":"EUR"}}}]}`;
const wooOrder = (id: string) =>
  `{"id":${id},"number":"727","status":"completed","currency":"EUR","date_created_gmt":"2026-11-20T19:28:02",
    "date_modified_gmt":"2026-11-20T19:30:00","date_paid_gmt":"2026-11-20T19:30:00","total":"1E3","customer_id":${id}1,
    "line_items":[{"name":"Mug","product_id":${id}2,"quantity":1,"total":"1000.00"}]}`;

const shopify = (topic: string) => ({
  scheme: shopifyWebhook(() => NOW),
  headers: (body: string) => ({
    'x-shopify-topic': topic,
    'x-shopify-webhook-id': 'w-1',
    'x-shopify-shop-domain': 'glaze.myshopify.com',
    'x-shopify-hmac-sha256': hmac(body).digest('base64'),
  }),
});
const woo = (topic: string) => ({
  scheme: wooCommerceWebhook(() => NOW),
  headers: (body: string) => ({
    'x-wc-webhook-topic': topic,
    'x-wc-webhook-source': 'https://shop.example/',
    'x-wc-webhook-signature': hmac(body).digest('base64'),
  }),
});
const facebook = {
  scheme: facebookWebhook,
  headers: (body: string) => ({ 'x-hub-signature-256': `sha256=${hmac(body).digest('hex')}` }),
};
const stripe = {
  scheme: stripeWebhook,
  headers: (body: string) => ({
    'stripe-signature': `t=${NOW / 1_000},v1=${hmac(`${NOW / 1_000}.${body}`).digest('hex')}`,
  }),
};

interface Sender {
  readonly scheme: WebhookScheme;
  headers(body: string): Readonly<Record<string, string>>;
}

/** Verifies, reads and applies it, as the door does. */
function receive({ scheme, headers }: Sender, body: string) {
  const request = { headers: new Map(Object.entries(headers(body))), body: Buffer.from(body) };
  expect(scheme.verify(request, [SECRET], NOW)).toEqual({ verified: true });
  const event = scheme.read(request, NOW);
  return { event, effect: event && scheme.apply(event) };
}

/** The ids of what came, in one line. */
function idsOf(effect: WebhookEffect | undefined): unknown {
  if (effect?.kind !== 'records') return effect?.kind;
  expect(effect.rejected).toEqual([]);
  const orders = effect.records.map((record) =>
    record.kind === 'order' ? [record.id, record.customerId, record.items[0]?.productId, record.total.amount] : [],
  );
  return [...orders, ...effect.deleted.map(({ id }) => [id])];
}

/** Two that become one where they are rounded, and Shopify's own sample. */
const IDS = ['9007199254740992', '9007199254740993', '820982911946154508'];

describe.each(IDS)('the id %s, sent as a number', (id) => {
  it.each([
    ['an order of Shopify', shopify('orders/updated'), shopifyOrder(id), [[id, `${id}1`, `${id}2`, 100_000]]],
    ['a deletion of Shopify', shopify('orders/delete'), `{"id":${id}}`, [[id]]],
    ['an order of WooCommerce', woo('order.updated'), wooOrder(id), [[id, `${id}1`, `${id}2`, 100_000]]],
    ['a deletion of WooCommerce', woo('order.deleted'), `{"id":${id}}`, [[id]]],
  ])('is that of %s', (_name, sender, body, ids) => expect(idsOf(receive(sender, body).effect)).toEqual(ids));

  it.each([
    ['an entry', `{"object":"ad_account","entry":[{"id":${id},"changes":[{"field":"creative_fatigue"}]}]}`],
    [
      'a change',
      `{"object":"application","entry":[{"id":99,"changes":[{"field":"ad_account","value":{"id":${id}}}]}]}`,
    ],
  ])('is the account of %s of Facebook', (_name, body) => {
    const { event, effect } = receive(facebook, body);
    expect(event).toMatchObject({ account: `act_${id}` });
    expect(effect?.kind).toBe('sync');
  });

  it('is one of several accounts', () => {
    const entry = (account: string) => `{"id":${account},"changes":[{"field":"creative_fatigue"}]}`;
    const { event } = receive(facebook, `{"object":"ad_account","entry":[${IDS.map(entry)}]}`);
    expect(event?.accounts).toEqual(IDS.map((account) => `act_${account}`));
  });

  it('reaches the handlers of a host as its digits', () => {
    const compliance = `{"shop_id":${id},"shop_domain":"glaze.myshopify.com","customer":{"id":${id}},"orders_to_redact":[${id},1]}`;
    const { event, effect } = receive(shopify('customers/redact'), compliance);
    expect(effect).not.toHaveProperty('unproven');
    expect(event?.payload).toMatchObject({ shop_id: id, customer: { id }, orders_to_redact: [id, 1] });
  });
});

it.each<[string, Sender, string]>([
  ['Shopify', shopify('orders/delete'), '{"id":7}'],
  ['WooCommerce', woo('order.deleted'), '{"id":7}'],
  ['Facebook', facebook, '{"object":"ad_account","entry":[{"id":"7","changes":[{"field":"creative_fatigue"}]}]}'],
  ['Stripe', stripe, '{"id":"evt_1","type":"customer.updated","created":1,"data":{"object":{"id":"cus_1"}}}'],
])('a body of %s with a byte-order mark is verified as it was sent, and read without it', (_name, sender, body) => {
  const expected = receive(sender, body).effect;
  for (const start of [MARK, `${MARK}${MARK}`, `${MARK}\r\n`, `\n${MARK}`]) {
    expect(receive(sender, start + body).effect).toEqual(expected);
  }
});
