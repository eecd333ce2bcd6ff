/** Sends an operation again that was lost with its connection, or refused for a reason that may have passed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { wasLost } from './connection-error.js';

/** Before the second try, and at most before any. ms */
const FIRST_PAUSE = 50;
const LAST_PAUSE = 500;

export interface AgainOptions {
  /** Resolves when the store can be used; rejects when it can't within so many ms. */
  readonly ready: (limit: number) => Promise<void>;
  /** For how long an operation is sent again. ms */
  readonly limit: number;
}

/**
 * For an operation that has failed with `problem`: repeats it until it is carried out, fails with something else, or the
 * time is over. A restart or a failover is not felt then. Safe, as every job has its id before it is sent.
 */
export async function sentAgain<T>(
  problem: unknown,
  operation: () => Promise<T>,
  { ready, limit }: AgainOptions,
): Promise<T> {
  const end = Date.now() + limit;
  let last = problem;
  for (let pause = FIRST_PAUSE; wasLost(last) && Date.now() < end; pause = Math.min(2 * pause, LAST_PAUSE)) {
    // A lost connection is waited for; one that stands has carried a refusal, which needs a moment to pass.
    await ready(limit);
    await sleep(pause);
    try {
      return await operation();
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
