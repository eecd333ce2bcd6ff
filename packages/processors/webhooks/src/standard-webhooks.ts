/** The scheme of Standard Webhooks ("Standard Webhooks", "Signature scheme"), which Resend, and whoever sends through Svix, uses. */
import {
  checkAnswer,
  fromBase64,
  hmacSha256,
  PlatformResponseError,
  someMatch,
  type WebhookScheme,
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

const content = z.object({
  type: z.string().min(1).max(255),
  /** The standard's name of it, and Resend's. */
  timestamp: z.iso.datetime({ offset: true }).optional(),
  created_at: z.iso.datetime({ offset: true }).optional(),
});

/**
 * Verifies what is signed by Standard Webhooks: `svix-*` or `webhook-*` headers, secrets of the form `whsec_…`. The events
 * mean nothing to the records: give handlers for their topics.
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
    const keys = secrets.flatMap((secret) => fromBase64(secret.replace(/^whsec_/, '')) ?? []);
    if (keys.length === 0) return refuse('no secret is set that is base64 behind "whsec_"');
    const expected = keys.map((key) => hmacSha256(key, `${id}.${timestamp}.`, body));
    if (!someMatch(given, expected)) return refuse('the signature is of none of the secrets');
    if (Math.abs(now - Number(timestamp) * 1_000) > TOLERANCE)
      return refuse('signed more than 5 minutes ago, or ahead');
    return { verified: true };
  },
  read({ headers, body }) {
    const payload = parse(body);
    const { type, timestamp, created_at } = checkAnswer(content, payload, what);
    const time = timestamp ?? created_at;
    return {
      id: headers.get('svix-id') ?? headers.get('webhook-id') ?? '',
      topic: type,
      ...(time === undefined ? {} : { occurredAt: Date.parse(time) }),
      payload,
    };
  },
  apply: () => ({ kind: 'ignored' }),
  topics: [],
};

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new PlatformResponseError(`${what}: a body that is not JSON`);
  }
}

function refuse(reason: string) {
  return { verified: false, reason } as const;
}

/** Resend ("Verify webhooks requests"). */
export const resend: WebhookPlatform = { id: 'resend', webhook: standardWebhooks };
