/** How a cancellation finds the process that runs the job: a signal for who listens, and a mark for who missed it. */
import type { Engine, StoredJob } from '../engine/contract.js';
import { markKey } from './job-marks.js';

/** Longer than any attempt should take; then the mark is of no use to anyone. */
const MARK_TTL = 24 * 3_600_000;

const TOPIC = 'cancel';

/** PostgreSQL's messages have up to 8,000 bytes, and a character takes up to seven of them here. */
const REASON_LENGTH = 500;

export interface Cancellation {
  readonly queue: string;
  readonly id: string;
  readonly reason: string;
}

/** Asks whoever runs the job to stop it. */
export async function requestCancellation(
  engine: Engine,
  request: { readonly queue: string; readonly reason: string },
  job: StoredJob,
): Promise<void> {
  const { queue } = request;
  const id = job.id ?? '';
  const reason = String(request.reason).slice(0, REASON_LENGTH);
  // The time tells the job from a later one that is given the same id.
  const mark = JSON.stringify({ reason, addedAt: job.timestamp });
  await engine.state.set(markKey('cancel', queue, id), mark, MARK_TTL);
  await engine.signals.publish(TOPIC, JSON.stringify({ queue, id, reason }));
}

/** Why the job was cancelled, if it was. */
export async function findCancellation(engine: Engine, queue: string, job: StoredJob): Promise<string | undefined> {
  const mark = await engine.state.get(markKey('cancel', queue, job.id ?? ''));
  if (mark === undefined) return undefined;
  const { reason, addedAt }: Record<string, unknown> = JSON.parse(mark);
  return addedAt === job.timestamp ? String(reason) : undefined;
}

export async function forgetCancellation(engine: Engine, queue: string, id: string): Promise<void> {
  await engine.state.delete(markKey('cancel', queue, id));
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
