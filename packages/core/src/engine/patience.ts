/** What has to be written waits for a store that is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ERROR_CODES, toError } from '../errors.js';
import { toEngineError } from './connection-error.js';

/** Between two tries: short at first, as most stores are away for a moment only. ms */
const PAUSE = { first: 100, most: 2_000 } as const;

/** Whether an error says that the store is away, and nothing of what was asked. */
export function isAway(error: Error): boolean {
  return codeOf(toEngineError(error, '')) === ERROR_CODES.EngineUnavailableError;
}

/** The error's own `code`. */
export function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}

/** Repeats an operation that may be repeated until the store answers, or until `mayGoOn` says no. */
export async function patiently<T>(operation: () => Promise<T>, mayGoOn: (error: Error) => boolean): Promise<T> {
  for (let pause: number = PAUSE.first; ; pause = Math.min(2 * pause, PAUSE.most)) {
    try {
      return await operation();
    } catch (thrown) {
      const error = toError(thrown);
      if (!isAway(error) || !mayGoOn(error)) throw error;
      await sleep(pause, undefined, { ref: false });
      if (!mayGoOn(error)) throw error;
    }
  }
}
