/** What "the same event" means: the same platform, integration or account, and event id. */
import { hash } from 'node:crypto';
import type { WebhookAddress } from './ports.js';

/** Short, as it is part of several keys; of letters, digits, `-` and `_`. */
export function eventKey({ platform, integrationId, account }: WebhookAddress, eventId: string): string {
  const text = JSON.stringify([platform, integrationId ?? account ?? '', eventId]);
  return hash('sha256', text, 'base64url').slice(0, 32);
}

/** The id of the event's job: adding it again adds nothing. */
export function eventJobId(address: WebhookAddress, eventId: string): string {
  return `event-${eventKey(address, eventId)}`;
}
