/** What happens to the jobs of one queue in all processes, from BullMQ's stream of events. */
import { type IQueueBackend, QueueEvents } from 'bullmq';
import type { BullBackend, BullConnection } from './bullmq-backend.js';
import type { QueueEvent } from './engine.js';

export interface BullEventsOptions {
  readonly name: string;
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

/** Listens on a connection of its own until the answered function is called. */
export async function listenToEvents(
  { name, prefix, connection, backend, onError }: BullEventsOptions,
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
  await events.waitUntilReady();
  return async () => {
    const closing = events.close();
    // By force: BullMQ's own end waits for ever for a connection that is away.
    await events.getBackend().close(true);
    await closing;
  };
}
