import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../webhooks/webhook.js';
import { wooCommerceWebhook } from './webhook.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const SECRET = 'a secret of the shop';
const scheme = wooCommerceWebhook(() => NOW);

const order = {
  id: 727,
  number: '727',
  status: 'completed',
  currency: 'EUR',
  date_created_gmt: '2026-11-20T19:28:02',
  date_modified_gmt: '2026-11-20T19:30:00',
  total: '29.35',
  customer_id: 0,
  line_items: [],
};
const payload = JSON.stringify(order);
const sign = (body: string | Uint8Array, secret = SECRET) => createHmac('sha256', secret).update(body).digest('base64');

function request(change: Record<string, string | undefined> = {}, body: string | Uint8Array = payload): WebhookRequest {
  const headers = {
    'content-type': 'application/json',
    'x-wc-webhook-source': 'https://shop.example/store/',
    'x-wc-webhook-topic': 'order.updated',
    'x-wc-webhook-id': '12',
    'x-wc-webhook-delivery-id': '0123',
    'x-wc-webhook-signature': sign(body),
    ...change,
  };
  const there = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { headers: new Map(there), body: typeof body === 'string' ? Buffer.from(body) : body };
}

describe('verify', () => {
  it('accepts base64 of the HMAC over the raw body, with any of several secrets', () => {
    expect(scheme.verify(request(), [SECRET], NOW)).toEqual({ verified: true });
    expect(scheme.verify(request(), ['a new one', SECRET], NOW)).toEqual({ verified: true });
    const latin1 = Buffer.from('{"name":"Caf\xe9"}', 'latin1');
    expect(scheme.verify(request({}, latin1), [SECRET], NOW)).toEqual({ verified: true });
  });

  const signature = (text: string | undefined) => request({ 'x-wc-webhook-signature': text });
  it.each([
    ['a changed body', request({ 'x-wc-webhook-signature': sign(payload) }, payload.replace('29', '30')), [SECRET]],
    ['a wrong secret', signature(sign(payload, 'other')), [SECRET]],
    ['no header', signature(undefined), [SECRET]],
    ['an empty header', signature(''), [SECRET]],
    ['hex', signature(createHmac('sha256', SECRET).update(payload).digest('hex')), [SECRET]],
    ['a part of the signature', signature(sign(payload).slice(0, 20)), [SECRET]],
    ['no secrets', request(), []],
    ['an empty secret', signature(sign(payload, '')), ['']],
  ])('refuses %s', (_name, one, secrets) => {
    const verdict = scheme.verify(one, secrets, NOW);
    expect(verdict).toMatchObject({ verified: false });
    expect(JSON.stringify(verdict)).not.toContain(SECRET);
  });
});

describe('the ping', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'x-wc-webhook-signature': undefined };

  it('is known, and means nothing', () => {
    const ping = request(form, 'webhook_id=12');
    expect(scheme.isPing?.(ping)).toBe(true);
    expect(scheme.read(ping)).toBeUndefined();
  });

  it.each([
    ['another form', request(form, 'webhook_id=12&order=1')],
    ['JSON', request({}, 'webhook_id=12')],
    ['an order', request()],
    ['something long', request(form, `webhook_id=${'1'.repeat(100)}`)],
  ])('is not %s', (_name, one) => expect(scheme.isPing?.(one)).toBe(false));
});

describe('the id', () => {
  const idOf = (...args: Parameters<typeof request>) => scheme.read(request(...args))?.id;

  it('is the same for each delivery of an event', () => {
    expect(idOf({ 'x-wc-webhook-delivery-id': '4567' })).toBe(idOf());
  });

  it.each([
    ['source', { 'x-wc-webhook-source': 'https://other.example/' }, payload],
    ['webhook', { 'x-wc-webhook-id': '13' }, payload],
    ['topic', { 'x-wc-webhook-topic': 'order.created' }, payload],
    // Two events of one second have the same delivery id.
    ['body', {}, payload.replace('29.35', '30.00')],
  ])('is another for another %s', (_name, headers, body) => expect(idOf(headers, body)).not.toBe(idOf()));

  it('is another when a thing was restored and is deleted again', () => {
    const deletion = (delivery: string, topic = 'order.deleted') =>
      idOf({ 'x-wc-webhook-topic': topic, 'x-wc-webhook-delivery-id': delivery }, '{"id":727}');
    expect(deletion('4567')).not.toBe(deletion('0123'));
    expect(deletion('0123')).toBe(deletion('0123'));
    expect(deletion('4567', 'order.updated')).toBe(deletion('0123', 'order.updated'));
  });
});

describe('read and apply', () => {
  const effectOf = (topic: string, body: unknown) => {
    const event = scheme.read(request({ 'x-wc-webhook-topic': topic }, JSON.stringify(body)));
    return event && scheme.apply(event);
  };

  it('an order’s event brings the order, and says when and where', () => {
    const event = scheme.read(request());
    const occurredAt = Date.UTC(2026, 10, 20, 19, 30);
    expect(event).toMatchObject({ topic: 'order.updated', occurredAt, account: 'shop.example/store' });
    expect(event && scheme.apply(event)).toMatchObject({
      kind: 'records',
      records: [{ kind: 'order', id: '727', payment: 'paid', total: { amount: 2_935, currency: 'EUR' } }],
      rejected: [],
    });
  });

  it.each([
    ['order.deleted', { id: 727 }, { deleted: [{ kind: 'order', id: '727', deletedAt: NOW }], records: [] }],
    ['customer.deleted', { id: 5 }, { deleted: [{ kind: 'customer', id: '5', deletedAt: NOW }] }],
    ['product.updated', { id: 7, name: 'Mug' }, { kind: 'sync', streams: ['products'] }],
    ['product.deleted', { id: 7 }, { deleted: [{ kind: 'product', id: '7', deletedAt: NOW }] }],
    ['order.created', { id: 727 }, { records: [], rejected: [{ id: '727', kind: 'order' }] }],
    ['order.deleted', { code: 'woocommerce_rest_shop_order_invalid_id' }, { kind: 'ignored' }],
    ['coupon.created', { id: 1 }, { kind: 'ignored' }],
    ['action.woocommerce_add_to_cart', {}, { kind: 'ignored' }],
    ['toString', {}, { kind: 'ignored' }],
  ])('%s', (topic, body, effect) => expect(effectOf(topic, body)).toMatchObject(effect));

  it('refuses what is not JSON, and what has no topic', () => {
    expect(() => scheme.read(request({}, '{'))).toThrow('not JSON');
    expect(() => scheme.read(request({ 'x-wc-webhook-topic': undefined }))).toThrow('x-wc-webhook-topic');
  });
});
