/** Shared state in memory, its lifetimes on the engine's clock. */

import { createMatcher } from '../../names.js';
import type { StateStore } from '../contract.js';
import { RateWindow } from './rate-window.js';
import { StartWindow } from './start-window.js';

type Entry = { readonly expiresAt: number | undefined } & (
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'fields'; readonly fields: Map<string, string> }
);

/** The engine's state, and a way to forget all of it. */
export interface MemoryState extends StateStore {
  /** The starts of a queue's rate limit. */
  startsOf(queue: string, key: string): StartWindow;
  clear(): void;
}

/** @param assertOpen throws when the engine has been closed */
export function createMemoryState(now: () => number, assertOpen: () => void = () => {}): MemoryState {
  const entries = new Map<string, Entry>();
  /** Newest first. */
  const logs = new Map<string, string[]>();
  const windows = new Map<string, RateWindow>();
  const starts = new Map<string, StartWindow>();

  const find = (key: string): Entry | undefined => {
    assertOpen();
    const entry = entries.get(key);
    if (entry?.expiresAt === undefined || entry.expiresAt > now()) return entry;
    entries.delete(key);
    return undefined;
  };
  const textOf = (key: string): string | undefined => {
    const entry = find(key);
    return entry?.kind === 'value' ? entry.value : undefined;
  };
  const put = (key: string, value: string, ttl: number | undefined) => {
    assertOpen();
    entries.set(key, { kind: 'value', value, expiresAt: ttl === undefined ? undefined : now() + ttl });
  };

  return {
    get: async (key) => textOf(key),
    getMany: async (keys) => keys.map(textOf),
    async set(key, value, ttl) {
      put(key, value, ttl);
    },
    async delete(key) {
      return find(key) !== undefined && entries.delete(key);
    },
    exists: async (key) => find(key) !== undefined,
    async deleteMatching(prefix, pattern) {
      const matches = createMatcher(pattern);
      const keys = [...entries.keys()].filter(
        (key) => key.startsWith(prefix) && matches(key.slice(prefix.length)) && find(key),
      );
      for (const key of keys) entries.delete(key);
      return keys.length;
    },
    async setIfAbsent(key, value, ttl) {
      if (find(key)) return false;
      put(key, value, ttl);
      return true;
    },
    async extendIfEqual(key, value, ttl) {
      if (textOf(key) !== value) return false;
      put(key, value, ttl);
      return true;
    },
    async deleteIfEqual(key, value) {
      return textOf(key) === value && entries.delete(key);
    },
    async replaceIfEqual(key, old, value, ttl) {
      const found = textOf(key);
      if (found !== old && found !== value) return false;
      put(key, value, ttl);
      return true;
    },
    async fields(key) {
      const entry = find(key);
      return entry?.kind === 'fields' ? Object.fromEntries(entry.fields) : {};
    },
    async setField(key, field, value, ttl, reset) {
      assertOpen();
      const entry = reset ? undefined : find(key);
      const fields = entry?.kind === 'fields' ? entry.fields : new Map<string, string>();
      entries.set(key, { kind: 'fields', fields: fields.set(field, value), expiresAt: now() + ttl });
    },
    async deleteField(key, field) {
      const entry = find(key);
      if (entry?.kind === 'fields') entry.fields.delete(field);
    },
    async append(key, entries, keep) {
      assertOpen();
      logs.set(
        key,
        [...entries]
          .reverse()
          .concat(logs.get(key) ?? [])
          .slice(0, keep),
      );
    },
    async entries(key, start, count) {
      assertOpen();
      return (logs.get(key) ?? []).slice(start, start + count);
    },
    async oldestEntries(key, count) {
      assertOpen();
      return (logs.get(key) ?? []).slice(-count).reverse();
    },
    async removeOldest(key, count, last) {
      assertOpen();
      const log = logs.get(key) ?? [];
      if (log.at(-count) !== last) return false;
      logs.set(key, log.slice(0, -count));
      return true;
    },
    async takeSlot(key, member, max, per) {
      assertOpen();
      const window = windows.get(key) ?? new RateWindow();
      windows.set(key, window);
      return window.take(now(), member, max, per);
    },
    startsOf(queue, key) {
      const name = `${queue}:${key}`;
      const window = starts.get(name) ?? new StartWindow();
      starts.set(name, window);
      return window;
    },
    clear() {
      starts.clear();
      entries.clear();
      logs.clear();
      windows.clear();
    },
  };
}
