/**
 * Shopify's webhooks ("Deliver webhooks through HTTPS", "Verify webhook deliveries"). Their payloads look like the REST
 * API's objects, also where the rest is GraphQL.
 *
 * @see https://shopify.dev/docs/apps/build/webhooks/subscribe/https
 * @see https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
 */
import { defined, trimSecrets } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { PlatformResponseError } from '../errors.js';
import { checkAnswer } from '../http/answer.js';
import type { RecordKind } from '../records/record.js';
import { sortRecords } from '../records/sort-records.js';
import { fromBase64, hmacSha256, someMatch } from '../webhooks/signature.js';
import type {
  WebhookEffect,
  WebhookEvent,
  WebhookRequest,
  WebhookScheme,
  WebhookVerdict,
} from '../webhooks/webhook.js';
import { webhookJson } from '../webhooks/webhook-json.js';
import { orderPayload, tellsMoney } from './payloads.js';
import { doubtOf, shopOfBody } from './signed-body.js';

/** What each topic means ("Webhook topics"), for a body that is of it: see signed-body.ts. */
const TOPICS: Readonly<Record<string, (payload: unknown, at: number) => WebhookEffect>> = {
  'orders/create': ofOrder,
  'orders/updated': ofOrder,
  'orders/paid': ofOrder,
  'orders/cancelled': ofOrder,
  'orders/fulfilled': ofOrder,
  'orders/edited': () => ({ kind: 'sync', streams: ['orders'] }),
  'orders/delete': gone('order'),
  // It has the refund, and of the order only its id.
  'refunds/create': () => ({ kind: 'sync', streams: ['orders'] }),
  // Its prices come without their currency.
  'products/create': () => ({ kind: 'sync', streams: ['products'] }),
  'products/update': () => ({ kind: 'sync', streams: ['products'] }),
  'products/delete': gone('product'),
  // Since API version 2025-01 without the number of orders, which would be erased.
  'customers/create': () => ({ kind: 'sync', streams: ['customers'] }),
  'customers/update': () => ({ kind: 'sync', streams: ['customers'] }),
  'customers/enable': () => ({ kind: 'sync', streams: ['customers'] }),
  'customers/disable': () => ({ kind: 'sync', streams: ['customers'] }),
  'customers/delete': gone('customer'),
  'app/uninstalled': () => ({ kind: 'access-lost', reason: 'The app was uninstalled from the shop' }),
};

/**
 * Requests about personal data ("Privacy law compliance"). No app subscribes to them: their address is a setting of the
 * app, for all of its shops.
 *
 * @see https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance
 */
const PRIVACY: Readonly<Record<string, (payload: unknown) => WebhookEffect>> = {
  'customers/redact': (payload) => ofPerson('erase-customer', payload),
  'customers/data_request': (payload) => ofPerson('export-customer', payload),
  // 48 hours after the app was uninstalled.
  'shop/redact': () => ({ kind: 'privacy', request: { type: 'erase-account' } }),
};

/** What is read where a body does not prove what its topic says. All streams: the read finds out whether access is lost. */
const STREAMS: Readonly<Record<string, readonly string[]>> = {
  orders: ['orders'],
  refunds: ['orders'],
  products: ['products'],
  customers: ['customers'],
  app: [],
};

/**
 * @param now epoch ms; what a deletion is dated by that comes without `X-Shopify-Triggered-At`, or with one that is ahead.
 *   Default: `Date.now`
 */
export function shopifyWebhook(now: () => number = Date.now): WebhookScheme {
  return {
    verify,
    read: (request, receivedAt) => read(request, receivedAt ?? now()),
    apply: (event) => apply(event, now),
    topics: Object.keys(TOPICS),
    privacyTopics: Object.keys(PRIVACY),
  };
}

/** Base64 of the body's HMAC, by the app's client secret. Shopify signs no time. */
function verify({ headers, body }: WebhookRequest, secrets: readonly string[]): WebhookVerdict {
  const header = headers.get('x-shopify-hmac-sha256');
  if (header === undefined) return refuse('no X-Shopify-Hmac-Sha256 header');
  const given = fromBase64(header.trim());
  if (!given) return refuse('an X-Shopify-Hmac-Sha256 header that is not base64');
  const expected = trimSecrets(secrets).map((secret) => hmacSha256(secret, body));
  if (expected.length === 0) return refuse('no secret is set');
  return someMatch([given], expected) ? { verified: true } : refuse('the signature is of none of the secrets');
}

function refuse(reason: string): WebhookVerdict {
  return { verified: false, reason };
}

const WHAT = "Shopify's webhook";

const id = z.union([z.number().int(), z.string().min(1)]).transform(String);

/**
 * The id is the delivery's ("Ignore duplicates"): it stays the same when Shopify sends again. `X-Shopify-Event-Id` would
 * not do: it joins the webhooks of several topics that one action of a merchant sets off.
 */
function read({ headers, body }: WebhookRequest, receivedAt: number): WebhookEvent {
  const topic = headers.get('x-shopify-topic');
  const id = headers.get('x-shopify-webhook-id');
  if (!topic || !id) throw new PlatformResponseError(`${WHAT}: no X-Shopify-Topic or no X-Shopify-Webhook-Id header`);
  const triggeredAt = Date.parse(headers.get('x-shopify-triggered-at') ?? '');
  const payload = webhookJson(body, WHAT);
  // Shopify always sends the header. Who leaves it out does not get around what is signed.
  const account = headers.get('x-shopify-shop-domain') ?? shopOfBody(payload);
  return {
    id,
    topic,
    // Anybody can write a time ahead, which would win over all that comes later.
    ...(Number.isNaN(triggeredAt) ? {} : { occurredAt: Math.min(triggeredAt, receivedAt) }),
    ...defined({ account }),
    payload,
  };
}

function apply({ topic, payload, occurredAt, account }: WebhookEvent, now: () => number): WebhookEffect {
  const effect = Object.hasOwn(TOPICS, topic) ? TOPICS[topic] : undefined;
  const privacy = Object.hasOwn(PRIVACY, topic) ? PRIVACY[topic] : undefined;
  const unproven = doubtOf(topic, account, payload);
  if (unproven !== undefined) {
    const streams = STREAMS[topic.split('/')[0] ?? ''];
    // No read of the shop tells whether somebody has asked for an erasure.
    if (privacy) return { kind: 'ignored', unproven };
    return effect && streams ? { kind: 'sync', streams, unproven } : { kind: 'ignored', unproven };
  }
  if (privacy) return privacy(payload);
  // Without a time of its own it is when we hear of it: an earlier one would leave the record there.
  return effect?.(payload, occurredAt ?? now()) ?? { kind: 'ignored' };
}

function ofOrder(payload: unknown): WebhookEffect {
  if (!tellsMoney(payload)) return { kind: 'sync', streams: ['orders'] };
  return { kind: 'records', ...sortRecords(orderPayload, [payload]), deleted: [], streams: ['orders'] };
}

const text = z.string().trim().min(1).optional().catch(undefined);
const numbers = z
  .array(id)
  .nullish()
  .transform((ids) => ids ?? []);
const personal = z.object({
  customer: z.object({ id: id.nullish(), email: text, phone: text }),
  orders_to_redact: numbers,
  orders_requested: numbers,
  data_request: z.object({ id }).nullish(),
});

function ofPerson(type: 'erase-customer' | 'export-customer', payload: unknown): WebhookEffect {
  const { customer, data_request: asked, ...orders } = checkAnswer(personal, payload, WHAT);
  const { id: customerId, email, phone } = customer;
  const subject = {
    ...(customerId ? { customerId } : {}),
    ...defined({ email, phone }),
    orderIds: [...orders.orders_to_redact, ...orders.orders_requested],
  };
  if (type === 'erase-customer') return { kind: 'privacy', request: { type, ...subject } };
  return { kind: 'privacy', request: { type, ...subject, ...(asked ? { requestId: asked.id } : {}) } };
}

const identity = z.object({ id });

function gone(kind: RecordKind): (payload: unknown, at: number) => WebhookEffect {
  return (payload, deletedAt) => {
    const { id } = checkAnswer(identity, payload, WHAT);
    return { kind: 'records', records: [], rejected: [], deleted: [{ kind, id, deletedAt }] };
  };
}
