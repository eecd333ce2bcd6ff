/**
 * How far an event is believed. A platform that signs the body alone leaves topic, account and time to whoever has captured
 * a delivery. A scheme compares them with the body (`unproven`); what no body can tell is looked at here: that the same
 * signed words have come before as something else, and that a time is ahead of the arrival.
 */
import { createHmac } from 'node:crypto';
import type { JobContext } from '@bizinsights/jobs-core';
import type { WebhookEffect, WebhookEvent } from '@bizinsights/jobs-platforms';
import type { WebhookQueue } from '../queue.js';

type Records = Extract<WebhookEffect, { readonly kind: 'records' }>;

/** How far a platform's clock may be ahead of ours, ms. */
const LEEWAY = 300_000;

/** For how long it is known what a deletion has said: longer than any platform sends one again. ms */
const KNOWN_FOR = 7 * 86_400_000;

/** What signed words have said when they came first. */
interface Said {
  readonly deliveryId: string;
  readonly topic: string;
  readonly account: string;
  readonly eventId: string;
}

/**
 * The effect, or a sync in its place where the same body, signed with the same secret, has come before: a deletion of
 * another kind of thing or of another account, or lost access under another event's id. Only what takes something away is
 * looked up, so that no other event costs a request more.
 *
 * @param secret gives what the body is signed with
 */
export async function believe(
  job: JobContext<WebhookQueue>,
  effect: WebhookEffect,
  event: WebhookEvent,
  secret: () => string,
): Promise<WebhookEffect> {
  const isDeletion = effect.kind === 'records' && effect.deleted.length > 0;
  // An operator who replays an event means it.
  if (!(isDeletion || effect.kind === 'access-lost') || job.data.replayOf !== undefined) return effect;
  const { platform, deliveryId, integrationId, body } = job.data;
  const words = createHmac('sha256', secret())
    .update(JSON.stringify([platform, integrationId, body]))
    .digest('base64url');
  const key = `webhooks:said:${words}`;
  const now: Said = { deliveryId, topic: event.topic, account: event.account ?? '', eventId: event.id };
  const first = await job.cache.get<Said>(key);
  if (!first || first.deliveryId === deliveryId) {
    await job.cache.set(key, now, KNOWN_FOR);
    return effect;
  }
  const isSame = first.topic === now.topic && first.account === now.account;
  // A thing may be restored and deleted again. Whether access is lost again a sync finds out, and only that.
  if (isSame && (isDeletion || first.eventId === now.eventId)) return effect;
  return { kind: 'sync', streams: [], unproven: 'the same signed body came before, and was another event' };
}

/** The event, of a time that a clock may show which is a little ahead of ours, else of when it came. */
export function notAhead(event: WebhookEvent, receivedAt: number): WebhookEvent {
  const { occurredAt = 0 } = event;
  return occurredAt > receivedAt + LEEWAY ? { ...event, occurredAt: receivedAt } : event;
}

/**
 * Records and deletions of which none is later than they came: one of next year would win over all that follow. `isAhead`
 * where one was; then a sync has to ask what holds.
 */
export function withTimes({ records, deleted }: Pick<Records, 'records' | 'deleted'>, receivedAt: number) {
  const latest = receivedAt + LEEWAY;
  const isAhead = records.some(({ updatedAt }) => updatedAt > latest) || deleted.some((one) => one.deletedAt > latest);
  if (!isAhead) return { records, deleted, isAhead };
  return {
    records: records.map((one) => (one.updatedAt > latest ? { ...one, updatedAt: receivedAt } : one)),
    deleted: deleted.map((one) => (one.deletedAt > latest ? { ...one, deletedAt: receivedAt } : one)),
    isAhead,
  };
}
