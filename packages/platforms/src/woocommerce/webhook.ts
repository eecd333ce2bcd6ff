/**
 * WooCommerce's webhooks ("Webhooks"): signed with the secret of each, over the body alone.
 *
 * @see https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks
 */
import { createHash } from 'node:crypto';
import { defined, trimSecrets } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { PlatformResponseError } from '../errors.js';
import type { RecordKind } from '../records/record.js';
import { type RecordReader, sortRecords } from '../records/sort-records.js';
import { fromBase64, hmacSha256, someMatch } from '../webhooks/signature.js';
import type { WebhookEffect, WebhookEvent, WebhookRequest, WebhookScheme } from '../webhooks/webhook.js';
import { webhookJson } from '../webhooks/webhook-json.js';
import { shopName } from './client.js';
import { customerReader, idOf, orderReader } from './records.js';
import { doubtOf, placeOf } from './signed-body.js';

/** "Topics": what becomes of each, for a body that is of it: see signed-body.ts. */
const EFFECTS: Readonly<Record<string, (event: WebhookEvent, now: () => number) => WebhookEffect>> = {
  'order.created': upsert(orderReader, 'orders'),
  'order.updated': upsert(orderReader, 'orders'),
  'order.restored': upsert(orderReader, 'orders'),
  'order.deleted': remove('order'),
  // A product does not name its currency, and must not overwrite the one that does.
  'product.created': () => ({ kind: 'sync', streams: ['products'] }),
  'product.updated': () => ({ kind: 'sync', streams: ['products'] }),
  'product.restored': () => ({ kind: 'sync', streams: ['products'] }),
  'product.deleted': remove('product'),
  'customer.created': upsert(customerReader, 'customers'),
  'customer.updated': upsert(customerReader, 'customers'),
  'customer.deleted': remove('customer'),
};

/** What is read where a body does not prove what its topic says. */
const STREAMS: Readonly<Record<string, readonly string[]>> = {
  order: ['orders'],
  product: ['products'],
  customer: ['customers'],
};

function upsert<Raw>(reader: RecordReader<Raw>, stream: string) {
  return ({ payload }: WebhookEvent): WebhookEffect => ({
    kind: 'records',
    ...sortRecords(reader, [payload]),
    deleted: [],
    streams: [stream],
  });
}

function remove(kind: RecordKind) {
  return ({ payload, occurredAt }: WebhookEvent, now: () => number): WebhookEffect => {
    const id = idOf(payload);
    if (id === undefined) return IGNORED;
    // The payload is the id alone: when it was deleted is not said, so it is when we hear of it.
    const deleted = [{ kind, id, deletedAt: occurredAt ?? now() }];
    return { kind: 'records', records: [], rejected: [], deleted };
  };
}

const dates = z.object({ date_modified_gmt: z.iso.datetime({ local: true }) });

/**
 * @param now epoch ms; what a deletion is dated by, as WooCommerce does not date it. Default: `Date.now`
 */
export function wooCommerceWebhook(now: () => number = Date.now): WebhookScheme {
  return {
    verify({ headers, body }, secrets) {
      const given = headers.get('x-wc-webhook-signature');
      if (given === undefined) return { verified: false, reason: 'x-wc-webhook-signature is missing' };
      const signature = fromBase64(given);
      if (!signature) return { verified: false, reason: 'x-wc-webhook-signature is not base64' };
      const expected = trimSecrets(secrets).map((secret) => hmacSha256(secret, body));
      if (expected.length === 0) return { verified: false, reason: 'no secret is known to check the signature with' };
      if (someMatch([signature], expected)) return { verified: true };
      return { verified: false, reason: 'the signature fits none of the secrets' };
    },
    isPing,
    read(request) {
      if (isPing(request)) return undefined;
      const topic = request.headers.get('x-wc-webhook-topic');
      if (!topic) throw new PlatformResponseError('A webhook of WooCommerce without x-wc-webhook-topic');
      const payload = webhookJson(request.body, 'A webhook of WooCommerce');
      const modified = dates.safeParse(payload).data?.date_modified_gmt;
      const source = request.headers.get('x-wc-webhook-source') ?? '';
      // WooCommerce always sends the header. Who leaves it out does not get around what is signed.
      const account = URL.canParse(source) ? shopName(new URL(source)) : placeOf(payload)?.shop;
      return {
        id: identify(request, source, topic),
        topic,
        payload,
        ...(modified === undefined ? {} : { occurredAt: Date.parse(`${modified}Z`) }),
        ...defined({ account }),
      };
    },
    apply(event) {
      const effect = Object.hasOwn(EFFECTS, event.topic) ? EFFECTS[event.topic] : undefined;
      const unproven = doubtOf(event.topic, event.account, event.payload);
      if (unproven === undefined) return effect?.(event, now) ?? IGNORED;
      const streams = STREAMS[event.topic.split('.')[0] ?? ''];
      // What has no id, such as an error of the shop's API, is of nothing that could be read.
      const isOfNothing = idOf(event.payload) === undefined;
      return effect && streams && !isOfNothing ? { kind: 'sync', streams, unproven } : { kind: 'ignored', unproven };
    },
    topics: Object.keys(EFFECTS),
  };
}

const IGNORED: WebhookEffect = { kind: 'ignored' };

/** "Webhooks", when one is saved: a form that holds its id, unsigned. It means nothing but "are you there?". */
function isPing({ headers, body }: WebhookRequest): boolean {
  const type = headers.get('content-type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded') || body.byteLength > 64) return false;
  return /^webhook_id=\d+$/.test(Buffer.from(body).toString('latin1'));
}

/**
 * `X-WC-Webhook-Delivery-ID` is made of the webhook and the second, so two of one second share it. Source, webhook, topic
 * and body together are the same for one event only, but for a deletion: its body is the thing's id alone, and the thing
 * may be restored and deleted again, though not within one second.
 */
function identify({ headers, body }: WebhookRequest, source: string, topic: string): string {
  const content = createHash('sha256').update(body).digest('hex');
  const parts = [source, headers.get('x-wc-webhook-id') ?? '', topic, content];
  if (topic.endsWith('.deleted')) parts.push(headers.get('x-wc-webhook-delivery-id') ?? '');
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
