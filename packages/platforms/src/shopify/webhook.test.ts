import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../webhooks/webhook.js';
import { shopifyWebhook } from './webhook.js';

const SECRET = 'test_secret_key';
const NOW = Date.UTC(2026, 10, 24, 13);
const webhook = shopifyWebhook(() => NOW);

function request(body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): WebhookRequest {
  return { headers: new Map(Object.entries(headers)), body: typeof body === 'string' ? Buffer.from(body) : body };
}

describe('verify', () => {
  const BODY = '{"foo": "bar"}';
  /** Published with Shopify's documentation for this secret and this body. */
  const SIGNATURE = 'B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g=';
  const verdict = (signature: string | undefined, secrets = [SECRET], body: string | Uint8Array = BODY) =>
    webhook.verify(request(body, signature === undefined ? {} : { 'x-shopify-hmac-sha256': signature }), secrets, NOW);

  it('accepts the published vector, with any of several secrets', () => {
    expect(verdict(SIGNATURE)).toEqual({ verified: true });
    expect(verdict(SIGNATURE, ['new', SECRET])).toEqual({ verified: true });
    expect(createHmac('sha256', SECRET).update(BODY).digest('base64')).toBe(SIGNATURE);
  });

  it.each([
    ['a changed body', SIGNATURE, [SECRET], '{"foo": "baz"}'],
    ['a body of another encoding', SIGNATURE, [SECRET], Buffer.from(BODY, 'utf16le')],
    ['a wrong secret', SIGNATURE, ['other'], BODY],
    ['no header', undefined, [SECRET], BODY],
    ['an empty header', '', [SECRET], BODY],
    ['hex instead of base64', Buffer.from(SIGNATURE, 'base64').toString('hex'), [SECRET], BODY],
    ['no base64 at all', '***', [SECRET], BODY],
    ['a part of the signature', Buffer.from(SIGNATURE, 'base64').subarray(0, 3).toString('base64'), [SECRET], BODY],
    ['no secrets', SIGNATURE, [], BODY],
    ['an empty secret', createHmac('sha256', '').update(BODY).digest('base64'), [''], BODY],
  ])('refuses %s', (_name, signature, secrets, body) => {
    const answer = verdict(signature, secrets, body);
    expect(answer).toMatchObject({ verified: false });
    expect(JSON.stringify(answer)).not.toContain(SECRET);
  });
});

describe('read and apply', () => {
  const HEADERS = {
    'x-shopify-topic': 'orders/updated',
    'x-shopify-webhook-id': 'w-1',
    'x-shopify-event-id': 'e-1',
    'x-shopify-shop-domain': 'glaze.myshopify.com',
    'x-shopify-triggered-at': '2026-11-24T12:00:00.123456789Z',
  };
  const effect = (topic: string, payload: unknown) => {
    const event = webhook.read(request(JSON.stringify(payload), { ...HEADERS, 'x-shopify-topic': topic }));
    return event && webhook.apply(event);
  };

  it('an event has the id of its delivery', () => {
    expect(webhook.read(request('{}', HEADERS))).toEqual({
      id: 'w-1',
      topic: 'orders/updated',
      occurredAt: Date.UTC(2026, 10, 24, 12, 0, 0, 123),
      account: 'glaze.myshopify.com',
      payload: {},
    });
  });

  it.each([
    ['orders/delete', { id: 7 }, { deleted: [{ kind: 'order', id: '7' }] }],
    ['products/delete', { id: 7 }, { deleted: [{ kind: 'product', id: '7' }] }],
    ['refunds/create', { order_id: 7 }, { kind: 'sync', streams: ['orders'] }],
    ['products/update', { id: 7 }, { kind: 'sync', streams: ['products'] }],
    ['customers/update', { id: 7 }, { kind: 'sync', streams: ['customers'] }],
    ['customers/delete', { id: 7 }, { deleted: [{ kind: 'customer', id: '7' }] }],
    ['app/uninstalled', { id: 1, myshopify_domain: 'glaze.myshopify.com' }, { kind: 'access-lost' }],
    ['app/uninstalled', { id: 1 }, { kind: 'sync', streams: [] }],
    ['orders/create', { id: 7 }, { kind: 'records', records: [], rejected: [{ id: '7', kind: 'order' }] }],
    ['carts/update', {}, { kind: 'ignored' }],
    ['constructor', {}, { kind: 'ignored' }],
  ])('%s', (topic, payload, expected) => expect(effect(topic, payload)).toMatchObject(expected));

  const whose = { shop_id: 1, shop_domain: 'glaze.myshopify.com' };
  const ann = { id: 191_167, email: 'ann@example.com', phone: '555-625-1199' };

  it.each([
    [
      'customers/redact',
      { ...whose, customer: ann, orders_to_redact: [299_938, '280263'] },
      {
        type: 'erase-customer',
        customerId: '191167',
        email: 'ann@example.com',
        phone: '555-625-1199',
        orderIds: ['299938', '280263'],
      },
    ],
    [
      'customers/redact',
      { ...whose, customer: { id: 7, email: null, phone: '' }, orders_to_redact: [] },
      { type: 'erase-customer', customerId: '7', orderIds: [] },
    ],
    [
      'customers/redact',
      { ...whose, customer: { email: 'ann@example.com' }, orders_to_redact: [1] },
      { type: 'erase-customer', email: 'ann@example.com', orderIds: ['1'] },
    ],
    [
      'customers/data_request',
      { ...whose, customer: { id: 7 }, orders_requested: [5], data_request: { id: 9_999 } },
      { type: 'export-customer', customerId: '7', orderIds: ['5'], requestId: '9999' },
    ],
    ['shop/redact', whose, { type: 'erase-account' }],
  ])('%s is a request about personal data: %j', (topic, payload, asked) =>
    expect(effect(topic, payload)).toEqual({ kind: 'privacy', request: asked }),
  );

  it.each([
    ['shop/redact', {}],
    ['shop/redact', { ...whose, shop_domain: 'other.myshopify.com' }],
    ['shop/redact', { ...whose, shop_domain: 'glaze.example' }],
    // Of another topic, captured and sent again.
    ['shop/redact', { ...whose, customer: ann, orders_to_redact: [] }],
    ['customers/redact', whose],
    ['customers/redact', { ...whose, customer: ann, orders_requested: [], data_request: { id: 1 } }],
    ['customers/redact', { ...whose, customer: {}, orders_to_redact: [] }],
    ['customers/data_request', { ...whose, customer: ann, orders_to_redact: [] }],
  ])('%s is not believed with %j', (topic, payload) =>
    expect(effect(topic, payload)).toEqual({ kind: 'ignored', unproven: expect.any(String) }),
  );

  it.each([
    ['with the time', HEADERS, Date.UTC(2026, 10, 24, 12, 0, 0, 123)],
    ['without a time', { ...HEADERS, 'x-shopify-triggered-at': '' }, NOW],
  ])('a deletion %s is later than what was there', (_name, headers, deletedAt) => {
    const event = webhook.read(request('{"id":7}', { ...headers, 'x-shopify-topic': 'orders/delete' }));
    expect(event && webhook.apply(event)).toMatchObject({ deleted: [{ kind: 'order', id: '7', deletedAt }] });
  });

  it('an order that was paid in another currency is synced', () => {
    const set = { shop_money: { amount: '10.00', currency_code: 'EUR' } };
    const transactions = [{ kind: 'refund', status: 'success', amount: '9.00', currency: 'USD' }];
    const payload = { id: 7, total_price_set: set, refunds: [{ transactions }] };
    expect(effect('orders/updated', payload)).toEqual({ kind: 'sync', streams: ['orders'] });
  });

  it.each([
    ['no topic', '{}', { 'x-shopify-webhook-id': 'w-1' }],
    ['no id', '{}', { 'x-shopify-topic': 'orders/create' }],
    ['no JSON', 'x', HEADERS],
    ['no UTF-8', Buffer.from([0xff, 0xfe]), HEADERS],
  ])('refuses %s', (_name, body, headers) => {
    expect(() => webhook.read(request(body, headers))).toThrow(/Shopify's webhook/);
  });
});
