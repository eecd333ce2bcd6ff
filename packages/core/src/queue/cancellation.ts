/** How a cancellation finds the process that runs the job: a signal for who listens, and a mark for who missed it. */
import type { Engine } from '../engine/engine.js';

/** Longer than any attempt should take; then the mark is of no use to anyone. */
const MARK_TTL = 24 * 3_600_000;

const TOPIC = 'cancel';

export interface Cancellation {
  readonly queue: string;
  readonly id: string;
  readonly reason: string;
}

const markKey = (queue: string, id: string) => `cancel:${queue}:${id}`;

/** Asks whoever runs the job to stop it. */
export async function requestCancellation(engine: Engine, request: Cancellation): Promise<void> {
  await engine.state.set(markKey(request.queue, request.id), request.reason, MARK_TTL);
  await engine.signals.publish(TOPIC, JSON.stringify(request));
}

/** Why the job was cancelled, if it was. */
export function findCancellation(engine: Engine, queue: string, id: string): Promise<string | undefined> {
  return engine.state.get(markKey(queue, id));
}

export async function forgetCancellation(engine: Engine, queue: string, id: string): Promise<void> {
  await engine.state.delete(markKey(queue, id));
}

/** Calls `cancelled` for each request, and `missed` when some may have been missed. Answers how to stop. */
export function onCancellation(
  engine: Engine,
  cancelled: (request: Cancellation) => void,
  missed: () => void,
): Promise<() => Promise<void>> {
  return engine.signals.subscribe(TOPIC, (message) => cancelled(parseCancellation(message)), missed);
}

function parseCancellation(message: string): Cancellation {
  const { queue, id, reason }: Record<string, unknown> = JSON.parse(message);
  return { queue: String(queue), id: String(id), reason: String(reason) };
}
