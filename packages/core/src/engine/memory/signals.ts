/** Signals within the process. */
import type { Signals } from '../contract.js';

export function createMemorySignals(): Signals {
  const topics = new Map<string, Set<(message: string) => void>>();
  return {
    async publish(topic, message) {
      // As from a real store: the listeners hear of it after the caller has gone on.
      await Promise.resolve();
      for (const listener of topics.get(topic) ?? []) listener(message);
    },
    async subscribe(topic, listener) {
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners);
      // One entry a subscription, though the same function may be given twice.
      const own = (message: string) => listener(message);
      listeners.add(own);
      return async () => {
        listeners.delete(own);
      };
    },
  };
}
