import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../webhooks/webhook.js';
import { stripeWebhook } from './webhook.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const SECRET = 'whsec_test_secret';
const oracle = new Stripe('sk_test_1');

const payload = JSON.stringify({
  id: 'evt_1',
  type: 'charge.refunded',
  created: NOW / 1_000 - 60,
  data: {
    object: {
      id: 'ch_1',
      object: 'charge',
      amount: 2_000,
      amount_refunded: 500,
      created: NOW / 1_000 - 900,
      currency: 'jpy',
      customer: null,
      disputed: false,
      status: 'succeeded',
    },
  },
});

function request(header: string | undefined, body: string | Uint8Array = payload): WebhookRequest {
  return {
    headers: new Map(header === undefined ? [] : [['stripe-signature', header]]),
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}

const sign = (options: { secret?: string; timestamp?: number } = {}) =>
  oracle.webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp: NOW / 1_000, ...options });

describe('verify', () => {
  const verdict = (header: string | undefined, secrets = [SECRET], body: string | Uint8Array = payload) =>
    stripeWebhook.verify(request(header, body), secrets, NOW);

  it('accepts what Stripe’s own client signs, with any of several secrets', () => {
    expect(verdict(sign())).toEqual({ verified: true });
    expect(verdict(sign(), ['whsec_new', SECRET])).toEqual({ verified: true });
    expect(verdict(sign({ timestamp: NOW / 1_000 - 299 }))).toEqual({ verified: true });
  });

  it('does not count white space around a secret', () => {
    expect(verdict(sign(), [` ${SECRET}\n`])).toEqual({ verified: true });
  });

  it('accepts a header with one signature for each secret, and upper-case hex', () => {
    const [time, signature = ''] = sign().split(',');
    expect(verdict(`${time},v1=${'0'.repeat(64)},${signature},v0=abc`)).toEqual({ verified: true });
    expect(verdict(`${time}, v1=${signature.slice(3).toUpperCase()}`)).toEqual({ verified: true });
  });

  it.each([
    ['a changed body', sign(), [SECRET], payload.replace('500', '501')],
    ['a body of another encoding', sign(), [SECRET], Buffer.from(payload, 'utf16le')],
    ['a wrong secret', sign({ secret: 'whsec_other' }), [SECRET], payload],
    ['no header', undefined, [SECRET], payload],
    ['an empty header', '', [SECRET], payload],
    ['a header without a signature', 't=1,v0=abc', [SECRET], payload],
    ['a signature that is no hex', `t=${NOW / 1_000},v1=zz`, [SECRET], payload],
    ['no secrets', sign(), [], payload],
    ['an empty secret', sign({ secret: '' }), [''], payload],
    ['a secret of white space', sign({ secret: ' ' }), [' '], payload],
    ['an old time', sign({ timestamp: NOW / 1_000 - 301 }), [SECRET], payload],
    ['a time ahead', sign({ timestamp: NOW / 1_000 + 301 }), [SECRET], payload],
    ['another time than the signed one', sign().replace(/t=\d+/, `t=${NOW / 1_000 - 1}`), [SECRET], payload],
  ])('refuses %s', (_name, header, secrets, body) => {
    const answer = verdict(header, secrets, body);
    expect(answer).toMatchObject({ verified: false });
    expect(JSON.stringify(answer)).not.toContain(SECRET);
  });
});

describe('read and apply', () => {
  it('a charge’s event brings the charge, as of the event', () => {
    const event = stripeWebhook.read(request(undefined));
    expect(event).toMatchObject({ id: 'evt_1', topic: 'charge.refunded', occurredAt: NOW - 60_000 });
    expect(event && stripeWebhook.apply(event)).toMatchObject({
      kind: 'records',
      records: [{ id: 'ch_1', updatedAt: NOW - 60_000, refunded: { amount: 500, currency: 'JPY' } }],
    });
  });

  it.each([
    ['charge.dispute.created', { id: 'du_1', charge: 'ch_1' }, { kind: 'sync', streams: ['charges'] }],
    [
      'customer.deleted',
      { id: 'cus_1' },
      { deleted: [{ kind: 'customer', id: 'cus_1', deletedAt: NOW }], records: [] },
    ],
    ['account.application.deauthorized', { id: 'ca_1' }, { kind: 'access-lost' }],
    ['charge.updated', { id: 'ch_1', object: 'charge' }, { records: [], rejected: [{ id: 'ch_1', kind: 'charge' }] }],
    ['invoice.paid', {}, { kind: 'ignored' }],
  ])('%s', (type, object, effect) => {
    const body = JSON.stringify({ id: 'evt_2', type, created: NOW / 1_000, account: 'acct_1', data: { object } });
    const event = stripeWebhook.read(request(undefined, body));
    expect(event?.account).toBe('acct_1');
    expect(event && stripeWebhook.apply(event)).toMatchObject(effect);
  });

  it.each(['charge.captured', 'charge.expired', 'charge.updated'])('%s brings what was captured', (type) => {
    const { data, ...event } = JSON.parse(payload);
    const apply = (changes: object) => {
      const body = JSON.stringify({
        ...event,
        type,
        data: { object: { ...data.object, amount_refunded: 0, ...changes } },
      });
      return stripeWebhook.apply(stripeWebhook.read(request(undefined, body)) ?? event);
    };
    expect(apply({ captured: false, amount_captured: 0 })).toMatchObject({
      records: [{ status: 'pending', amount: { amount: 0 }, refunded: { amount: 0 } }],
    });
    expect(apply({ captured: true, amount_captured: 1_200 })).toMatchObject({
      records: [{ status: 'succeeded', amount: { amount: 1_200 } }],
    });
  });

  it.each([
    [true, 'live'],
    [false, 'test'],
    [undefined, undefined],
  ])('`livemode` %j is the mode %j', (livemode, mode) => {
    const body = JSON.stringify({ ...JSON.parse(payload), livemode });
    expect(stripeWebhook.read(request(undefined, body))?.mode).toBe(mode);
  });

  it.each([
    // "Thin events", with the fields of the documentation.
    [
      'a thin event',
      {
        object: 'v2.core.event',
        type: 'v1.billing.meter.error_report_triggered',
        livemode: true,
        created: '2026-11-24T11:59:00.330Z',
        context: 'acct_1',
        related_object: { id: 'mtr_1', type: 'billing.meter', url: '/v1/billing/meters/mtr_1' },
        reason: null,
      },
      { account: 'acct_1', occurredAt: NOW - 60_000 + 330, mode: 'live' },
    ],
    [
      'a thin event with data of its own',
      {
        object: 'v2.core.event',
        type: 'v2.core.event_destination.ping',
        livemode: false,
        created: '2026-11-24T11:59:00Z',
        context: null,
        data: { developer_message_summary: 'There is 1 invalid event' },
      },
      { occurredAt: NOW - 60_000, mode: 'test' },
    ],
    [
      'an event without an object',
      { object: 'event', type: 'charge.captured', created: NOW / 1_000 },
      { occurredAt: NOW },
    ],
    ['an event without a time', { type: 'customer.updated', data: { object: null } }, {}],
  ])('%s is taken, and changes nothing', (_what, body, fields) => {
    const event = stripeWebhook.read(request(undefined, JSON.stringify({ id: 'evt_9', ...body })));
    expect(event).toEqual({ id: 'evt_9', topic: body.type, payload: { id: 'evt_9', ...body }, ...fields });
    expect(event && stripeWebhook.apply(event)).toEqual({ kind: 'ignored' });
  });

  it.each(['', 'nothing', '[]', '{}', '{"id":"evt_1","type":"x","created":"now","data":{}}'])('refuses %j', (body) => {
    expect(() => stripeWebhook.read(request(undefined, body))).toThrow(/Stripe's webhook/);
  });
});
