/**
 * Stripe's webhooks ("Receive Stripe events in your webhook endpoint", "Verify webhook signatures manually").
 *
 * @see https://docs.stripe.com/webhooks
 */
import { defined, trimSecrets } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { checkAnswer } from '../http/answer.js';
import { fromHex, hmacSha256, someMatch } from '../webhooks/signature.js';
import type {
  WebhookEffect,
  WebhookEvent,
  WebhookRequest,
  WebhookScheme,
  WebhookVerdict,
} from '../webhooks/webhook.js';
import { webhookJson } from '../webhooks/webhook-json.js';
import { chargeResource, customerResource } from './records.js';

/** How far a signed time may lie from ours, ms. Stripe's libraries use the same. */
const TOLERANCE = 300_000;

const RESOURCES = [chargeResource, customerResource];

/** The app was taken off the account ("Types of events"). */
const DEAUTHORIZED = 'account.application.deauthorized';

/**
 * Also a thin event ("Thin events"): it names an object and carries none, its time is ISO text, and its `context` the
 * account. No list of ours is read by it, and yet Stripe has signed it: it must not be refused, and sent again for days.
 */
const stripeEvent = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  created: z
    .union([
      z
        .number()
        .int()
        .transform((second) => second * 1_000),
      z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
    ])
    .optional(),
  account: z.string().nullish(),
  context: z.string().nullish(),
  livemode: z.boolean().optional(),
});

/** One that carries what it is about ("Snapshot events"). */
const snapshot = z.object({ data: z.object({ object: z.looseObject({}) }) });

const identity = z.object({ id: z.string().min(1) });

export const stripeWebhook: WebhookScheme = {
  verify,
  read,
  apply,
  topics: [
    ...RESOURCES.flatMap(({ changes, hints, deletion }) => [...changes, ...hints, ...(deletion ? [deletion] : [])]),
    DEAUTHORIZED,
  ],
};

/** `t=1492774577,v1=…,v1=…,v0=…`: the time, and one signature for each secret that is in use. */
function verify({ headers, body }: WebhookRequest, secrets: readonly string[], now: number): WebhookVerdict {
  const header = headers.get('stripe-signature');
  if (header === undefined) return refuse('no Stripe-Signature header');
  const parts = header.split(',').map((part) => part.trim().split('='));
  const time = parts.find(([name]) => name === 't')?.[1] ?? '';
  const given = parts.flatMap(([name, value = '']) => (name === 'v1' ? (fromHex(value) ?? []) : []));
  if (!/^\d{1,12}$/.test(time) || given.length === 0) return refuse('a Stripe-Signature header that cannot be read');
  const expected = trimSecrets(secrets).map((secret) => hmacSha256(secret, `${time}.`, body));
  if (expected.length === 0) return refuse('no secret is set');
  if (!someMatch(given, expected)) return refuse('the signature is of none of the secrets');
  if (Math.abs(now - Number(time) * 1_000) > TOLERANCE) return refuse('signed more than 5 minutes ago, or ahead');
  return { verified: true };
}

function refuse(reason: string): WebhookVerdict {
  return { verified: false, reason };
}

function read({ body }: WebhookRequest): WebhookEvent {
  const what = "Stripe's webhook";
  const payload = webhookJson(body, what);
  const { id, type, created, account, context, livemode } = checkAnswer(stripeEvent, payload, what);
  // A context is the account, or a path of accounts that ends with it.
  const whose = account ?? context?.split('/').at(-1);
  return {
    id,
    topic: type,
    ...defined({ occurredAt: created }),
    ...(whose ? { account: whose } : {}),
    ...(livemode === undefined ? {} : { mode: livemode ? 'live' : 'test' }),
    payload,
  };
}

function apply({ topic, occurredAt = 0, payload }: WebhookEvent): WebhookEffect {
  if (topic === DEAUTHORIZED) return { kind: 'access-lost', reason: 'The account has taken its access back' };
  const resource = RESOURCES.find(({ changes, hints, deletion }) => [...changes, ...hints, deletion].includes(topic));
  const object = snapshot.safeParse(payload).data?.data.object;
  if (!resource || !object) return { kind: 'ignored' };
  const { created: at = occurredAt } = checkAnswer(stripeEvent, payload, "Stripe's webhook");
  if (resource.hints.includes(topic)) return { kind: 'sync', streams: [resource.name] };
  if (topic !== resource.deletion) {
    return { kind: 'records', ...resource.sort([object], at), streams: [resource.name] };
  }
  const { id } = checkAnswer(identity, object, "Stripe's webhook");
  const deleted = [{ kind: resource.kind, id, deletedAt: at }];
  return { kind: 'records', records: [], rejected: [], deleted };
}
