/** Notes about a job that are kept beside it in the store, where all processes find them. */
import type { Engine, StateStore } from '../engine/contract.js';
import type { AnyQueueDefinition } from './definition.js';

/** `cancel`: it is to stop. `exhausted`: `onExhausted` has been called for its end. `retried`: when, by hand. */
export type JobMark = 'cancel' | 'exhausted' | 'retried';

export const markKey = (mark: JobMark, queue: string, id: string): string => `${mark}:${queue}:${id}`;

/** A retry by hand that is longer ago than this matters to no bound. ms */
const LONGEST_TTL = 365 * 24 * 3_600_000;

/** A failed job is about to be retried by hand: what was noted of its end is over, and it may be put off anew. */
export async function beginAnew(engine: Engine, queue: AnyQueueDefinition, id: string, now: number): Promise<void> {
  const { state } = engine;
  const ttl = Math.ceil(Math.min(queue.maxRetryAfter, LONGEST_TTL));
  await Promise.all([
    state.delete(markKey('cancel', queue.name, id)),
    state.delete(markKey('exhausted', queue.name, id)),
    state.set(markKey('retried', queue.name, id), String(now), ttl),
  ]);
}

/** When the job was last retried by hand, epoch ms; undefined when it was not, or too long ago to matter. */
export async function whenRetried(state: StateStore, queue: string, id: string): Promise<number | undefined> {
  const at = await state.get(markKey('retried', queue, id));
  return at === undefined ? undefined : Number(at);
}
