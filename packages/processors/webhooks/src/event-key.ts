/** What "the same event" means: the same platform, integration or account, mode, and event id. */
import { hash } from 'node:crypto';
import type { Mode } from '@bizinsights/jobs-platforms';
import type { WebhookAddress } from './ports.js';

/** Where an event was sent to, and of which mode it is. */
export interface EventPlace extends WebhookAddress {
  readonly mode?: Mode | undefined;
}

/** Short, as it is part of several keys; of letters, digits, `-` and `_`. */
export function eventKey({ platform, integrationId, account, mode }: EventPlace, eventId: string): string {
  // An id of the test environment is never that of a real event.
  const parts = [platform, integrationId ?? account ?? '', eventId, ...(mode === 'test' ? [mode] : [])];
  const text = JSON.stringify(parts);
  return hash('sha256', text, 'base64url').slice(0, 32);
}

/** The id of the event's job: adding it again adds nothing. */
export function eventJobId(address: EventPlace, eventId: string): string {
  return `event-${eventKey(address, eventId)}`;
}
