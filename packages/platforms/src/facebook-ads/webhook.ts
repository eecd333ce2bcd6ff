/**
 * Facebook's webhooks ("Webhooks, Getting Started", "Webhooks for Ad Accounts"): they say that something is new, not what.
 *
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started/webhooks-for-ad-accounts
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { trimSecrets } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { PlatformResponseError } from '../errors.js';
import { fromHex, hmacSha256, someMatch } from '../webhooks/signature.js';
import type { WebhookScheme } from '../webhooks/webhook.js';
import { webhookJson } from '../webhooks/webhook-json.js';
import { graphId } from './records.js';

/** "Webhooks for Ad Accounts": the fields that an app can subscribe to. */
const FIELDS = [
  'with_issues_ad_objects',
  'in_process_ad_objects',
  'ad_recommendations',
  'creative_fatigue',
  'product_set_issue',
] as const;

/** "Webhooks, Reference, Application": an account's status (closed, disabled, …) has changed. */
const STATUS_FIELD = 'ad_account';

/** Of each object: a delivery of one field, and one of several at once. */
const TOPICS = [
  ...FIELDS.map((field) => `ad_account/${field}`),
  'ad_account',
  `application/${STATUS_FIELD}`,
  'application',
];

const delivery = z.object({
  object: z.string().min(1),
  entry: z
    .array(
      z.object({
        /** Of the object: an ad account's, or an app's. */
        id: graphId,
        /** Seconds. */
        time: z.number().optional(),
        changes: z
          .array(z.object({ field: z.string(), value: z.object({ id: graphId }).optional().catch(undefined) }))
          .default([]),
      }),
    )
    .min(1),
});

const HEADER = 'x-hub-signature-256';

/** Signed with the app's secret. */
export const facebookWebhook: WebhookScheme = {
  verify({ headers, body }, secrets) {
    const given = headers.get(HEADER);
    if (given === undefined) return { verified: false, reason: `${HEADER} is missing` };
    const signature = given.startsWith('sha256=') ? fromHex(given.slice('sha256='.length)) : undefined;
    if (!signature) return { verified: false, reason: `${HEADER} is not sha256= and hex` };
    const expected = trimSecrets(secrets).map((secret) => hmacSha256(secret, body));
    if (expected.length === 0) return { verified: false, reason: 'no secret is known to check the signature with' };
    if (someMatch([signature], expected)) return { verified: true };
    return { verified: false, reason: 'the signature fits none of the secrets' };
  },
  read({ body }) {
    const payload = webhookJson(body, 'A webhook of Facebook');
    const { success, data } = delivery.safeParse(payload);
    if (!success) throw new PlatformResponseError('A webhook of Facebook that does not fit');
    const { object, entry } = data;
    const fields = new Set(entry.flatMap(({ changes }) => changes.map(({ field }) => field)));
    const [field, ...others] = fields;
    const accounts = accountsOf(data);
    const [account, ...otherAccounts] = accounts;
    const times = entry.map(({ time }) => time ?? 0);
    return {
      // Facebook gives a delivery no id. Its body holds the time, so no two events have the same.
      id: createHash('sha256').update(body).digest('hex'),
      topic: field === undefined || others.length > 0 ? object : `${object}/${field}`,
      payload,
      ...(Math.max(...times) > 0 ? { occurredAt: Math.max(...times) * 1_000 } : {}),
      ...(otherAccounts.length > 0 ? { accounts } : account === undefined ? {} : { account }),
    };
  },
  apply({ topic, account, accounts }) {
    const isKnown = TOPICS.includes(topic) && (account ?? accounts) !== undefined;
    return isKnown ? { kind: 'sync', streams: ['campaigns', 'campaign-days'] } : { kind: 'ignored' };
  },
  topics: TOPICS,
};

/** "Webhooks, Getting Started": a delivery has up to 1,000 changes, also of several accounts. */
function accountsOf({ object, entry }: z.output<typeof delivery>): readonly string[] {
  const ids = entry.flatMap(({ id, changes }) => {
    if (object === 'ad_account') return id;
    if (object !== 'application') return [];
    return changes.flatMap(({ field, value }) => (field === STATUS_FIELD && value ? value.id : []));
  });
  return [...new Set(ids.map((id) => `act_${id.replace(/^act_/, '')}`))];
}

/**
 * The handshake when a webhook is set up ("Verification Requests"): a GET with `hub.mode=subscribe`, the token that the app's
 * settings name, and a challenge.
 *
 * @param query of the request
 * @param verifyTokens of the host, several while one is replaced; an empty one fits nothing
 * @returns the challenge, to be answered as plain text with status 200; undefined: it is not Facebook, answer 403
 * @example
 * ```ts
 * export function GET(request: Request): Response {
 *   const challenge = facebookHandshake(new URL(request.url).searchParams, [process.env.FACEBOOK_VERIFY_TOKEN ?? '']);
 *   return challenge === undefined ? new Response(null, { status: 403 }) : new Response(challenge);
 * }
 * ```
 */
export function facebookHandshake(query: URLSearchParams, verifyTokens: readonly string[]): string | undefined {
  const challenge = query.get('hub.challenge');
  if (query.get('hub.mode') !== 'subscribe' || !challenge) return undefined;
  // Hashed, so that all comparisons are of the same length.
  const hash = (text: string) => createHash('sha256').update(text).digest();
  const given = hash(query.get('hub.verify_token') ?? '');
  const matches = trimSecrets(verifyTokens).filter((token) => timingSafeEqual(hash(token), given));
  return matches.length > 0 ? challenge : undefined;
}
