/** What happens to the jobs of one queue in all processes, from BullMQ's stream of events. */
import { type IQueueBackend, QueueEvents } from 'bullmq';
import { isStoreTrouble, unavailable } from '../connection-error.js';
import type { QueueEvent } from '../contract.js';
import { inPatience } from '../silence.js';
import type { BullBackend, BullConnection } from './backend.js';

export interface BullEventsOptions {
  readonly name: string;
  readonly address: string;
  readonly prefix: string;
  readonly connection: BullConnection;
  readonly backend: BullBackend;
  readonly onError: (error: Error) => void;
}

/** BullMQ's names of what we pass on. */
const KINDS = [
  'added',
  'waiting',
  'active',
  'delayed',
  'progress',
  'completed',
  'failed',
  'stalled',
  'removed',
] as const;

/** How long a listener waits for its connection. ms */
const READY_LIMIT = 4_000;

/** Listens on a connection of its own until the answered function is called. */
export async function listenToEvents(
  { name, address, prefix, connection, backend, onError }: BullEventsOptions,
  listener: (event: QueueEvent) => void,
  after: string,
): Promise<() => Promise<void>> {
  const events = new QueueEvents<unknown, IQueueBackend>(name, { connection, prefix, lastEventId: after }, backend);
  events.on('error', onError);
  for (const kind of KINDS) {
    events.on(kind, (detail: { jobId: string; failedReason?: string; data?: unknown }, id: string) => {
      listener({
        id,
        kind,
        jobId: detail.jobId,
        ...(kind === 'failed' && detail.failedReason !== undefined ? { failedReason: detail.failedReason } : {}),
        ...(kind === 'progress' ? { progress: detail.data } : {}),
      });
    });
  }
  try {
    // The connection waits for ever; whoever wants to listen does not.
    await inPatience(events.waitUntilReady(), READY_LIMIT, () => unavailable(address, 'no connection so far'));
  } catch (error) {
    endEvents(events).catch(onError);
    throw error;
  }
  return () => endEvents(events);
}

/** How long BullMQ's own end may take when its connection has been cut. ms */
const LAST_WAIT = 1_000;

/**
 * By force, beside BullMQ's own end. That waits for ever for a connection that has never been there, or is away; and in a
 * Cluster, where the connection is cut while it begins, for an end that has already been.
 */
export async function endEvents(events: QueueEvents<unknown, IQueueBackend>): Promise<void> {
  const closing = events.close().catch((error) => {
    if (!isStoreTrouble(error)) throw error;
  });
  await events.getBackend().close(true);
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LAST_WAIT);
  });
  await Promise.race([closing, waited]).finally(() => clearTimeout(timer));
}
