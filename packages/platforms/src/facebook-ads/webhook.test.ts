import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../webhooks/webhook.js';
import { facebookHandshake, facebookWebhook } from './webhook.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const SECRET = 'the app’s secret';

const change = (field: string) => ({ field, value: { id: '7', level: 'CAMPAIGN' } });
const body = (entry: object[], object = 'ad_account') => JSON.stringify({ object, entry });
const entry = (id: string, ...fields: string[]) => ({ id, time: NOW / 1_000, changes: fields.map(change) });
const payload = body([entry('12', 'with_issues_ad_objects')]);

const sign = (text: string | Uint8Array, secret = SECRET) =>
  `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;

function request(header: string | undefined, text: string | Uint8Array = payload): WebhookRequest {
  const headers = new Map(header === undefined ? [] : [['x-hub-signature-256', header]]);
  return { headers, body: typeof text === 'string' ? Buffer.from(text) : text };
}

describe('verify', () => {
  it('accepts the published vector', () => {
    const vector = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const one = request(vector, 'Hello, World!');
    expect(facebookWebhook.verify(one, ["It's a Secret to Everybody"], NOW)).toEqual({ verified: true });
  });

  it('accepts the HMAC over the raw body, with any of several secrets', () => {
    expect(facebookWebhook.verify(request(sign(payload)), ['new', SECRET], NOW)).toEqual({ verified: true });
    // Facebook escapes what is not ASCII, and signs that.
    const escaped = '{"name":"caf\\u00e9"}';
    expect(facebookWebhook.verify(request(sign(escaped), escaped), [SECRET], NOW)).toEqual({ verified: true });
    const parsed = request(sign(escaped), JSON.stringify(JSON.parse(escaped)));
    expect(facebookWebhook.verify(parsed, [SECRET], NOW)).toMatchObject({ verified: false });
  });

  it.each([
    ['a changed body', sign(payload), [SECRET], payload.replace('12', '13')],
    ['a wrong secret', sign(payload, 'other'), [SECRET], payload],
    ['no header', undefined, [SECRET], payload],
    ['an empty header', '', [SECRET], payload],
    ['SHA-1', `sha1=${createHmac('sha1', SECRET).update(payload).digest('hex')}`, [SECRET], payload],
    ['no hex', 'sha256=zz', [SECRET], payload],
    ['a part of the signature', sign(payload).slice(0, 40), [SECRET], payload],
    ['no secrets', sign(payload), [], payload],
    ['an empty secret', sign(payload, ''), [''], payload],
  ])('refuses %s', (_name, header, secrets, text) => {
    const verdict = facebookWebhook.verify(request(header, text), secrets, NOW);
    expect(verdict).toMatchObject({ verified: false });
    expect(JSON.stringify(verdict)).not.toContain(SECRET);
  });
});

describe('read and apply', () => {
  const read = (text: string) => facebookWebhook.read(request(undefined, text));
  const sync = { kind: 'sync', streams: ['campaigns', 'campaign-days'] };

  it('an event of an ad account says to sync', () => {
    const event = read(payload);
    expect(event).toMatchObject({ topic: 'ad_account/with_issues_ad_objects', occurredAt: NOW, account: 'act_12' });
    expect(event && facebookWebhook.apply(event)).toEqual(sync);
  });

  it('a delivery of several fields, and of several accounts', () => {
    const event = read(
      body([entry('12', 'creative_fatigue', 'in_process_ad_objects'), entry('13', 'creative_fatigue')]),
    );
    expect(event).toMatchObject({ topic: 'ad_account', accounts: ['act_12', 'act_13'] });
    expect(event).not.toHaveProperty('account');
    expect(event && facebookWebhook.apply(event)).toEqual(sync);
  });

  it('the status of accounts comes as an event of the app, which names them', () => {
    const status = (id: string | number) => ({ field: 'ad_account', value: { id, account_status: 2 } });
    const ofApp = (...changes: object[]) => read(body([{ id: '99', time: NOW / 1_000, changes }], 'application'));
    const event = ofApp(status('12'));
    expect(event).toMatchObject({ topic: 'application/ad_account', account: 'act_12' });
    expect(event && facebookWebhook.apply(event)).toEqual(sync);
    expect(ofApp(status(12), status('act_13'))).toMatchObject({ accounts: ['act_12', 'act_13'] });
    const mixed = ofApp({ field: 'dev_alerts', value: 'text' }, status('12'), {
      field: 'async_requests',
      value: { id: '7' },
    });
    expect(mixed).toMatchObject({ topic: 'application', account: 'act_12' });
    expect(mixed && facebookWebhook.apply(mixed)).toEqual(sync);
  });

  it.each([
    body([entry('12', 'something_new')]),
    body([entry('99', 'feed')], 'page'),
    body([entry('99', 'dev_alerts')], 'application'),
    body([entry('99', 'dev_alerts', 'async_requests')], 'application'),
    body([entry('99', 'with_issues_ad_objects')], 'user'),
  ])('%s is ignored', (text) => {
    const event = read(text);
    expect(event && facebookWebhook.apply(event)).toEqual({ kind: 'ignored' });
  });

  it('the id is the same for the same body only', () => {
    expect(read(payload)?.id).toBe(read(payload)?.id);
    expect(read(payload)?.id).not.toBe(read(body([entry('13', 'with_issues_ad_objects')]))?.id);
  });

  it.each(['', '[]', '{}', '{"object":"ad_account","entry":[]}'])('refuses %j', (text) => {
    expect(() => read(text)).toThrow('A webhook of Facebook');
  });
});

describe('the handshake', () => {
  const query = (change: Record<string, string> = {}) =>
    new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.verify_token': 'meatyhamhock',
      'hub.challenge': '1158201444',
      ...change,
    });

  it('gives back the challenge, for any of several tokens', () => {
    expect(facebookHandshake(query(), ['meatyhamhock'])).toBe('1158201444');
    expect(facebookHandshake(query(), ['new', 'meatyhamhock'])).toBe('1158201444');
  });

  it.each([
    ['a wrong token', query({ 'hub.verify_token': 'x' }), ['meatyhamhock']],
    ['an empty token', query({ 'hub.verify_token': '' }), ['']],
    ['no tokens', query(), []],
    ['another mode', query({ 'hub.mode': 'unsubscribe' }), ['meatyhamhock']],
    ['no challenge', query({ 'hub.challenge': '' }), ['meatyhamhock']],
    ['no query', new URLSearchParams(), ['meatyhamhock']],
  ])('refuses %s', (_name, one, tokens) => expect(facebookHandshake(one, tokens)).toBeUndefined());
});
