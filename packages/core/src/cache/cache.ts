/** `jobs.cache`: values that processes share for a while, on whatever engine the jobs are. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StateStore } from '../engine/engine.js';

/** A loader that has not said a word for this long is taken to be dead, and another process loads. */
const LOCK_TTL = 10_000;

/** How often a process that waits for another one's load looks again. */
const POLL = 25;

const VALUES = 'cache:';
const LOCKS = 'cache-lock:';

/**
 * Values by key, as JSON, shared by all processes on the same engine.
 *
 * @example
 * ```ts
 * const rates = await jobs.cache.remember('rates:EUR', 3_600_000, () => fetchRates('EUR'));
 * ```
 */
export class Cache {
  readonly #state: StateStore;
  readonly #loading = new Map<string, Promise<unknown>>();

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** The value, or undefined. It is what JSON made of what was set; `T` is your word for it. */
  async get<T = unknown>(key: string): Promise<T | undefined> {
    const text = await this.#state.get(VALUES + key);
    return text === undefined ? undefined : (JSON.parse(text) as { value: T }).value;
  }

  /** @param ttl ms; without it the value stays until it is deleted */
  async set(key: string, value: unknown, ttl?: number): Promise<void> {
    checkTtl(key, ttl);
    // Wrapped, so that `undefined` can be kept too.
    await this.#state.set(VALUES + key, JSON.stringify({ value }), ttl === undefined ? undefined : Math.ceil(ttl));
  }

  /** Whether there was one. */
  delete(key: string): Promise<boolean> {
    return this.#state.delete(VALUES + key);
  }

  exists(key: string): Promise<boolean> {
    return this.#state.exists(VALUES + key);
  }

  /**
   * Deletes all keys of a pattern, and answers how many. `*` stands for any text, `?` for one character; everything
   * else for itself. Walks over the keys in small steps, so that the store is never blocked.
   */
  deletePattern(pattern: string): Promise<number> {
    return this.#state.deleteMatching(VALUES, pattern);
  }

  /**
   * The value of a key, loaded once when there is none: however many ask at once, in however many processes, one of
   * them calls `load` and the others wait for it.
   *
   * @param ttl ms
   * @throws what `load` throws, to those that wait in the same process; another process then tries its own `load`.
   */
  async remember<T>(key: string, ttl: number, load: () => Promise<T> | T): Promise<T> {
    checkTtl(key, ttl);
    const pending = this.#loading.get(key);
    if (pending) return (await pending) as T;
    const promise = this.#remember(key, ttl, load).finally(() => this.#loading.delete(key));
    this.#loading.set(key, promise);
    return promise;
  }

  async #remember<T>(key: string, ttl: number, load: () => Promise<T> | T): Promise<T> {
    const token = randomUUID();
    for (;;) {
      const text = await this.#state.get(VALUES + key);
      if (text !== undefined) return (JSON.parse(text) as { value: T }).value;
      if (await this.#state.setIfAbsent(LOCKS + key, token, LOCK_TTL)) break;
      await sleep(POLL);
    }
    const renewal = setInterval(() => {
      // A renewal that fails lets the lock run out; the worst is one load more.
      this.#state.extendIfEqual(LOCKS + key, token, LOCK_TTL).catch(() => undefined);
    }, LOCK_TTL / 3);
    try {
      // Somebody may have loaded it between our look and our lock.
      const text = await this.#state.get(VALUES + key);
      if (text !== undefined) return (JSON.parse(text) as { value: T }).value;
      const value = await load();
      await this.set(key, value, ttl);
      return value;
    } finally {
      clearInterval(renewal);
      await this.#state.deleteIfEqual(LOCKS + key, token);
    }
  }
}

function checkTtl(key: string, ttl: number | undefined): void {
  if (ttl !== undefined && !(ttl > 0)) throw new RangeError(`cache "${key}": the ttl must be above 0 ms, not ${ttl}`);
}
