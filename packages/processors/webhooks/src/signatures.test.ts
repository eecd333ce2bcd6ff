// Each platform's signatures, at the door, against implementations that are not ours.
import { createHmac } from 'node:crypto';
import { type AnyPlatform, platforms } from '@bizinsights/jobs-platforms';
import type {} from '@bizinsights/test-servers';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { openDoor, openJobs } from './fixtures/door.js';
import { webhookQueue } from './queue.js';
import { resend } from './standard-webhooks.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const jobs = openJobs(inject('redisUrl'));
const queue = jobs.queue(webhookQueue);
afterAll(() => jobs.close());

const SECRETS = {
  shopify: 'shpss_0123456789',
  stripe: 'whsec_stripe_0123456789',
  'facebook-ads': 'fb0123456789',
  woocommerce: 'ck_0123456789',
  resend: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
} as const;
type Id = keyof typeof SECRETS;

const known: Readonly<Record<string, AnyPlatform>> = platforms;
const door = openDoor(jobs, { platforms: [...Object.values(known), resend], secrets: SECRETS, now: () => NOW });

interface Sample {
  readonly body: string;
  readonly type?: string;
  /** Headers for a body, a secret and the second that is signed. */
  sign(body: string | Buffer, secret: string, at: number): Record<string, string>;
  /** The header that is the signature. */
  readonly header: string;
  readonly signsTime: boolean;
  /** As the job is to have it. */
  readonly event: { readonly topic: string; readonly eventId?: string; readonly account?: string };
}

const hmac = (secret: string, body: string | Buffer) => createHmac('sha256', secret).update(body);

const SAMPLES: Readonly<Record<Id, Sample>> = {
  shopify: {
    body: '{"id": 450789469, "name": "#1001 é"}',
    header: 'x-shopify-hmac-sha256',
    signsTime: false,
    event: { topic: 'orders/updated', eventId: 'b54557e4', account: 'glaze.myshopify.com' },
    sign: (body, secret) => ({
      'x-shopify-hmac-sha256': hmac(secret, body).digest('base64'),
      'x-shopify-topic': 'orders/updated',
      'x-shopify-webhook-id': 'b54557e4',
      'x-shopify-shop-domain': 'glaze.myshopify.com',
    }),
  },
  stripe: {
    body: JSON.stringify({
      id: 'evt_1',
      type: 'charge.refunded',
      created: NOW / 1_000,
      data: { object: { id: 'ch_é' } },
    }),
    header: 'stripe-signature',
    signsTime: true,
    event: { topic: 'charge.refunded', eventId: 'evt_1' },
    sign: (body, secret, timestamp) => ({
      'stripe-signature': new Stripe('sk_test_1').webhooks.generateTestHeaderString({
        payload: body.toString(),
        secret,
        timestamp,
      }),
    }),
  },
  'facebook-ads': {
    body: JSON.stringify({
      object: 'ad_account',
      entry: [{ id: '111', time: NOW / 1_000, changes: [{ field: 'in_process_ad_objects', value: { name: 'é' } }] }],
    }),
    header: 'x-hub-signature-256',
    signsTime: false,
    event: { topic: expect.any(String) },
    sign: (body, secret) => ({ 'x-hub-signature-256': `sha256=${hmac(secret, body).digest('hex')}` }),
  },
  woocommerce: {
    body: '{"id": 727, "status": "processing", "note": "é"}',
    header: 'x-wc-webhook-signature',
    signsTime: false,
    event: { topic: 'order.updated', account: expect.any(String) },
    sign: (body, secret) => ({
      'x-wc-webhook-signature': hmac(secret, body).digest('base64'),
      'x-wc-webhook-topic': 'order.updated',
      'x-wc-webhook-id': '12',
      'x-wc-webhook-source': 'https://glaze.example/',
    }),
  },
  resend: {
    body: '{"type": "email.bounced", "created_at": "2026-11-24T11:59:00.000Z", "data": {"subject": "é"}}',
    header: 'svix-signature',
    signsTime: true,
    event: { topic: 'email.bounced', eventId: 'msg_1' },
    sign: (body, secret, at) => ({
      'svix-id': 'msg_1',
      'svix-timestamp': String(at),
      'svix-signature': new Webhook(secret).sign('msg_1', new Date(at * 1_000), body.toString()),
    }),
  },
};

const ids = (Object.keys(SECRETS) as Id[]).filter((id) => id === 'resend' || known[id]?.webhook);

describe.each(ids)('%s', (id) => {
  const { body, sign, header, signsTime, event } = SAMPLES[id];
  const secret = SECRETS[id];
  const second = NOW / 1_000;
  const send = async (headers: Record<string, string>, sent: string | Buffer = body, path = '') => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: sent };
    return (await door(new Request(`http://localhost/api/webhooks/${id}${path}`, init))).status;
  };

  it('is let in with its signature, byte by byte, and its event is read', async () => {
    expect(await send(sign(body, secret, second))).toBe(200);
    const [job] = (await queue.list({ state: 'waiting', limit: 1 })).jobs;
    expect(job?.data).toMatchObject({ platform: id, body, encoding: 'utf8', receivedAt: NOW, ...event });
    expect(job?.data.headers).toHaveProperty(header);
    const before = (await queue.counts()).waiting;
    expect(await send(sign(body, secret, second))).toBe(200);
    expect((await queue.counts()).waiting).toBe(before);
  });

  it('is refused where anything is not right', async () => {
    const before = (await queue.counts()).waiting;
    const right = sign(body, secret, second);
    const { [header]: signature = '', ...others } = right;
    expect(await send(right, body.replace('é', 'e'))).toBe(401);
    expect(await send(right, `${body} `)).toBe(401);
    expect(await send(right, Buffer.from(body, 'latin1'))).toBe(401);
    expect(await send(right, Buffer.from(body, 'utf16le'))).toBe(401);
    expect(await send(sign(body, `${secret.slice(0, -4)}AAAA`, second))).toBe(401);
    expect(await send(others)).toBe(401);
    for (const wrong of ['', 'abc', signature.slice(0, -3), signature.replace(/[\w]{4}(?==?$)/, 'AAAA')]) {
      if (wrong !== signature) expect(await send({ ...right, [header]: wrong })).toBe(401);
    }
    expect((await queue.counts()).waiting).toBe(before);
  });

  it('is refused when it was signed long ago, or ahead, where the platform signs a time', async () => {
    const outside = signsTime ? 401 : 200;
    expect(await send(sign(body, secret, second - 299), body, '/old')).toBe(200);
    expect(await send(sign(body, secret, second - 301))).toBe(outside);
    expect(await send(sign(body, secret, second + 301))).toBe(outside);
  });
});
