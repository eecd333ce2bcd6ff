/** The numbers of all queues, also while those of one can't be read: its keys are damaged, or hold something else. */
import type { QueueCounts } from '../engine/contract.js';
import { ERROR_CODES, toError } from '../errors.js';
import type { MonitoringAccess } from './access.js';

/** What was read of one queue, or why it could not be. */
export type Read<Value> = { readonly value: Value } | { readonly error: Error };

/**
 * In the order of the registered queues. All in one round trip; one by one when that fails.
 *
 * @throws {EngineUnavailableError} when the store is away, which is no fault of one queue
 */
export async function readCounts({ engine, queues }: MonitoringAccess): Promise<Read<QueueCounts>[]> {
  const names = queues.map(({ name }) => name);
  const together = await attempt(() => engine.counts(names));
  if ('value' in together) return together.value.map((value) => ({ value }));
  return readEach(names, (name) => engine.queue(name).counts());
}

/** @throws {EngineUnavailableError} */
export function readEach<Value>(
  names: readonly string[],
  read: (name: string) => Promise<Value>,
): Promise<Read<Value>[]> {
  return Promise.all(names.map((name) => attempt(() => read(name))));
}

async function attempt<Value>(read: () => Promise<Value>): Promise<Read<Value>> {
  try {
    return { value: await read() };
  } catch (thrown) {
    const error = toError(thrown);
    if ('code' in error && error.code === ERROR_CODES.EngineUnavailableError) throw error;
    return { error };
  }
}
