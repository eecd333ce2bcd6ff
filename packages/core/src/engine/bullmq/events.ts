/** Ends BullMQ's listener to the events of one queue, by which the end of a job is waited for. */
import type { IQueueBackend, QueueEvents } from 'bullmq';
import { isStoreTrouble } from '../connection-error.js';

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
