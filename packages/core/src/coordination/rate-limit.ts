/** Places in the rate limits that all workers share and that a processor asks for. A queue's own limit is the engine's. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StateStore } from '../engine/contract.js';
import { toTimer } from '../timers.js';

/** So many starts in each window of `per` ms. */
export interface SlotLimit {
  /** A whole number of at least 1. */
  readonly max: number;
  /** A whole number of ms of at least 1. */
  readonly per: number;
}

/** Who asks for a place, and how long it will wait for it. */
export interface SlotRequest {
  readonly key: string;
  /** Keeps the place that it was told to come back for. */
  readonly member: string;
  readonly limit: SlotLimit;
  /** A place that comes free within so many ms is waited for. */
  readonly maxWait: number;
  readonly now: () => number;
  readonly signal?: AbortSignal;
}

/** Answers 0 when the place is taken, else after how many ms to ask again: longer than `maxWait`. */
export async function takeSlot(state: StateStore, request: SlotRequest): Promise<number> {
  const { key, member, limit, maxWait, now, signal } = request;
  for (;;) {
    const wait = await state.takeSlot(`rate:${key}`, member, limit.max, limit.per);
    if (wait <= 0 || wait > maxWait) return wait;
    const before = now();
    await sleep(toTimer(wait), undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    // The clock of a test stands still, and the place would never come free.
    if (now() === before) return wait;
  }
}
