/**
 * `@bizinsights/jobs-webhooks/queue`: the contract of the queue `webhook-processing`. Imports zod and core only.
 *
 * @packageDocumentation
 */
import { defineQueue, QueueName } from '@bizinsights/jobs-core/define';
import { z } from 'zod';

const DAY = 86_400_000;

/** How many verified deliveries are kept, and as many completed jobs, which hold their bodies: what can be replayed. */
export const KEPT_DELIVERIES = 10_000;

/**
 * How completed jobs are kept. Each that ends lets go of those behind its own `count`, so all of the queue need the same.
 */
export const keptJobs = (count: number) => ({ completed: { age: 3 * DAY, count } });

const count = z.number().int().nonnegative();

/**
 * What became of an event. `privacy`: a request about personal data was carried out. `handled`: a handler of the host has
 * run, and nothing else was to be done; `reason` says why. `ignored`: its topic, or its account, is none that we know, and
 * `reason` says which. `duplicate`: another job has processed it already.
 */
export const WEBHOOK_OUTCOMES = [
  'stored',
  'sync',
  'access-lost',
  'privacy',
  'handled',
  'ignored',
  'duplicate',
] as const;
export type WebhookOutcome = (typeof WEBHOOK_OUTCOMES)[number];

/**
 * The queue `webhook-processing`: verified webhooks, one job for each event. `createWebhookHandler` adds them, and
 * `webhookProcessor` works on them.
 *
 * Completed jobs are kept for 3 days (10,000 of them) and failed ones for 7: as long can their deliveries be replayed.
 */
export const webhookQueue = defineQueue({
  name: QueueName.WebhookProcessing,
  description: 'Does what the verified webhooks of the platforms say.',
  schema: z.strictObject({
    /** The platform's id: `shopify`. */
    platform: z.string().min(1).max(64),
    /** The integration that stands in the address that the webhook was sent to. */
    integrationId: z.string().min(1).max(255).optional(),
    /** Of the first delivery of the event. */
    deliveryId: z.string().min(1).max(64),
    /** The platform's: the same for each delivery of the event. */
    eventId: z.string().min(1).max(512),
    /** In the platform's own words: `orders/updated`. */
    topic: z.string().max(255),
    /** The account that the event names: a shop's domain. */
    account: z.string().max(512).optional(),
    /** Epoch ms. */
    receivedAt: z.number().int().nonnegative(),
    /** Those that the platform's signature and event are read from; names in lower case. */
    headers: z.record(z.string(), z.string()),
    /** As it was sent: the signature is over these bytes. */
    body: z.string(),
    /** How the body's bytes are written in `body`: as text, or, where they are no text, in base64. */
    encoding: z.enum(['utf8', 'base64']),
    /** The delivery that an operator has asked to process again. */
    replayOf: z.string().min(1).max(64).optional(),
  }),
  result: z.object({
    outcome: z.enum(WEBHOOK_OUTCOMES),
    /** Whether a handler of the host has run. */
    handled: z.boolean(),
    /** Why nothing was done, or nothing but what a handler did. */
    reason: z.string().optional(),
    integrationId: z.string().optional(),
    /** Of `stored`: see `WrittenBatch`. */
    records: z.object({ written: count, unchanged: count, rejected: count, deleted: count }).optional(),
    /** The job that reads what the event has not said, or what it has said of a time that another state has too. */
    syncJobId: z.string().optional(),
  }),
  redact: ['headers', 'body'],
  defaults: {
    // A database that is away for some minutes loses nothing: tried again after 2 s, 4 s, 8 s, … 128 s.
    attempts: 8,
    backoff: { type: 'exponential', delay: 2_000, jitter: 0.2 },
    timeout: 60_000,
    retention: { ...keptJobs(KEPT_DELIVERIES), failed: { age: 7 * DAY } },
  },
});

export type WebhookQueue = typeof webhookQueue;
/** What the processor gets. */
export type WebhookJob = z.output<WebhookQueue['schema']>;
export type WebhookResult = z.output<WebhookQueue['result']>;
