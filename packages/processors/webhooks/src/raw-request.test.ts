import { expect, it, vi } from 'vitest';
import { fromStored, shownHeaders, toNotedRequest } from './raw-request.js';

it.each<[string, Buffer, 'utf8' | 'base64']>([
  ['text', Buffer.from('{"a": "é🙂\\u0000"}\r\n'), 'utf8'],
  ['text with a byte order mark', Buffer.from('\uFEFF{}'), 'utf8'],
  ['nothing', Buffer.alloc(0), 'utf8'],
  ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d]), 'base64'],
  ['half of a character', Buffer.from('é').subarray(0, 1), 'base64'],
  ['the character 0, which PostgreSQL cannot store', Buffer.from('{"a":"\u0000"}'), 'base64'],
])('keeps %s byte by byte', (_name, body, encoding) => {
  const stored = toNotedRequest(new Headers(), body).stored();
  expect(stored.encoding).toBe(encoding);
  expect(Buffer.from(fromStored(JSON.parse(JSON.stringify(stored))).body)).toEqual(body);
});

it('keeps the headers that were looked at, and no others', () => {
  const all = new Headers({ 'X-Signature': 'abc', 'X-Topic': 'made', Cookie: 'id=1', Accept: '*/*' });
  const request = toNotedRequest(all, Buffer.alloc(0));
  expect(request.headers.get('x-signature')).toBe('abc');
  expect(request.headers.has('x-topic')).toBe(true);
  expect(request.headers.get('x-absent')).toBeUndefined();
  expect(request.stored().headers).toEqual({ 'x-signature': 'abc', 'x-topic': 'made' });
});

it.each<[string, (headers: ReadonlyMap<string, string>) => unknown]>([
  ['for … of', (headers) => [...headers]],
  ['entries', (headers) => [...headers.entries()]],
  ['keys', (headers) => [...headers.keys()]],
  ['values', (headers) => [...headers.values()]],
  ['forEach', (headers) => headers.forEach(vi.fn())],
])('keeps all headers of a scheme that walks over them by %s', (_name, walk) => {
  const request = toNotedRequest(new Headers({ a: '1', b: '2' }), Buffer.alloc(0));
  expect(request.stored().headers).toEqual({});
  walk(request.headers);
  expect(request.stored().headers).toEqual({ a: '1', b: '2' });
});

it('shows operators no secret and no signature, and no flood', () => {
  const secrets = [
    'Authorization',
    'Proxy-Authorization',
    'Cookie',
    'X-Api-Key',
    'X-Auth-Token',
    'X-Shopify-Hmac-Sha256',
    'Stripe-Signature',
    'X-Hub-Signature-256',
    'X-WC-Webhook-Signature',
    'svix-signature',
    'X-Session-Id',
    'Cf-Access-Jwt-Assertion',
    'X-Amzn-Oidc-Data',
    'X-Forwarded-Client-Cert',
    'X-Ms-Client-Principal',
  ];
  const headers = new Headers(secrets.map((name): [string, string] => [name, 'hidden']));
  headers.set('x-shopify-topic', 'orders/paid');
  headers.set('x-long', 'a'.repeat(1_000));
  headers.set('x-original-url', '/api/webhooks/shopify?code=hidden');
  headers.set('referer', 'https://example.com/#hidden');
  expect(shownHeaders(headers)).toEqual({
    'x-shopify-topic': 'orders/paid',
    'x-long': 'a'.repeat(256),
    'x-original-url': '/api/webhooks/shopify',
    referer: 'https://example.com/',
  });
  for (let index = 0; index < 100; index++) headers.set(`x-many-${index}`, '1');
  expect(Object.keys(shownHeaders(headers))).toHaveLength(50);
});
