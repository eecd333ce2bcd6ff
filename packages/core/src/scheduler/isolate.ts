/** Work on many at once that is not to fail for the sake of one. */
import { ERROR_CODES, toError } from '../errors.js';

/** One that failed, and why. */
export interface Failure<T> {
  readonly item: T;
  readonly error: Error;
}

/**
 * Does the work on all together. Where that fails, the half that fails is halved again, down to the ones that fail by
 * themselves: these are answered, and the others are done. `work` must be safe to repeat.
 *
 * @throws {EngineUnavailableError} by `work`: that is no fault of any of them
 */
export async function isolateFailures<T>(
  items: readonly T[],
  work: (items: readonly T[]) => Promise<unknown>,
): Promise<Failure<T>[]> {
  if (items.length === 0) return [];
  try {
    await work(items);
    return [];
  } catch (thrown) {
    const error = toError(thrown);
    if (isAway(error)) throw error;
    const [item] = items;
    if (items.length === 1 && item !== undefined) return [{ item, error }];
    const middle = Math.ceil(items.length / 2);
    const first = await isolateFailures(items.slice(0, middle), work);
    return [...first, ...(await isolateFailures(items.slice(middle), work))];
  }
}

export function isAway(error: Error): boolean {
  return 'code' in error && error.code === ERROR_CODES.EngineUnavailableError;
}
