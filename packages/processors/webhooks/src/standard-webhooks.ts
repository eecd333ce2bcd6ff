/** The scheme of Standard Webhooks ("Standard Webhooks", "Signature scheme"), which Resend, and whoever sends through Svix, uses. */
import { defined, trimSecrets } from '@bizinsights/jobs-core';
import {
  checkAnswer,
  fromBase64,
  hmacSha256,
  someMatch,
  type WebhookScheme,
  webhookJson,
} from '@bizinsights/jobs-platforms';
import { z } from 'zod';
import type { WebhookPlatform } from './webhook-platform.js';

/** "Verifying the timestamp": how old a signature may be, or how far ahead. ms */
const TOLERANCE = 300_000;

/** The names of Svix, and those of the standard. */
const HEADERS = {
  id: ['svix-id', 'webhook-id'],
  timestamp: ['svix-timestamp', 'webhook-timestamp'],
  signature: ['svix-signature', 'webhook-signature'],
} as const;

const what = 'A webhook';

/** Epoch seconds are below it until the year 5138, epoch ms above it since 1973. */
const FIRST_MS = 1e11;

/** The last time that a `Date` can hold, epoch ms. */
const LAST_MS = 8.64e15;

/** The standard prescribes the signature; how the body is written, it only proposes. What can't be read is left out. */
const time = z
  .union([
    z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
    z
      .number()
      .positive()
      .max(LAST_MS)
      .transform((epoch) => Math.round(epoch < FIRST_MS ? epoch * 1_000 : epoch)),
  ])
  .optional()
  .catch(undefined);
const name = z.string().min(1).optional().catch(undefined);

/** The standard's own name stands first. */
const content = z
  .object({ type: name, eventType: name, event_type: name, event: name, timestamp: time, created_at: time })
  .transform(({ type, eventType, event_type, event, timestamp, created_at }) => ({
    topic: type ?? eventType ?? event_type ?? event ?? '',
    occurredAt: timestamp ?? created_at,
  }));

/**
 * Verifies what is signed by Standard Webhooks: `svix-*` or `webhook-*` headers, secrets of the form `whsec_…`. The events
 * mean nothing to the records: give handlers for their topics, or for `''` where the body names none (as `type`, `eventType`,
 * `event_type` or `event`).
 */
export const standardWebhooks: WebhookScheme = {
  verify({ headers, body }, secrets, now) {
    const find = (names: readonly string[]) =>
      names.map((name) => headers.get(name)).find((value) => value !== undefined);
    const [id, timestamp, signature] = [find(HEADERS.id), find(HEADERS.timestamp), find(HEADERS.signature)];
    if (!id || timestamp === undefined || signature === undefined)
      return refuse('a header of the signature is missing');
    // `v1,…`, several by spaces; other versions are other schemes.
    const given = signature
      .split(' ')
      .flatMap((one) => (one.startsWith('v1,') ? (fromBase64(one.slice(3)) ?? []) : []));
    if (!/^\d{1,12}$/.test(timestamp) || given.length === 0)
      return refuse('the headers of the signature cannot be read');
    const keys = trimSecrets(secrets).flatMap((secret) => fromBase64(secret.replace(/^whsec_/, '')) ?? []);
    if (keys.length === 0) return refuse('no secret is set that is base64 behind "whsec_"');
    const expected = keys.map((key) => hmacSha256(key, `${id}.${timestamp}.`, body));
    if (!someMatch(given, expected)) return refuse('the signature is of none of the secrets');
    if (Math.abs(now - Number(timestamp) * 1_000) > TOLERANCE)
      return refuse('signed more than 5 minutes ago, or ahead');
    return { verified: true };
  },
  read({ headers, body }) {
    const payload = webhookJson(body, what);
    const { topic, occurredAt } = checkAnswer(content, payload, what);
    return {
      id: headers.get('svix-id') ?? headers.get('webhook-id') ?? '',
      topic,
      ...defined({ occurredAt }),
      payload,
    };
  },
  apply: () => ({ kind: 'ignored' }),
  topics: [],
};

function refuse(reason: string) {
  return { verified: false, reason } as const;
}

/** Resend ("Verify webhooks requests"). */
export const resend: WebhookPlatform = { id: 'resend', webhook: standardWebhooks };
