/** `jobs.cache`: values that processes share for a while, on whatever engine the jobs are. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StateStore } from '../engine/engine.js';
import { ArgumentError } from '../errors.js';
import { checkName, shortNameProblem } from '../names.js';

/** A loader that has not said a word for this long is taken to be dead, and another process loads. */
const LOCK_TTL = 10_000;

/** How often a process that waits for another one's load looks again. */
const POLL = 25;

const VALUES = 'cache:';
const LOCKS = 'cache-lock:';

const KEY = 'The key of a value in the cache';

/**
 * Values by key, as JSON, shared by all processes on the same engine.
 *
 * A key is a text without the character NUL and without half of a surrogate pair: every method rejects
 * with `ArgumentError` for another one. A key of more than 512 bytes works by its hash; of it, a pattern sees the first 477.
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
    const text = await this.#state.get(valueKey(key));
    return text === undefined ? undefined : (JSON.parse(text) as { value: T }).value;
  }

  /** @param ttl ms; without it the value stays until it is deleted */
  async set(key: string, value: unknown, ttl?: number): Promise<void> {
    checkTtl(key, ttl);
    // Wrapped, so that `undefined` can be kept too.
    await this.#state.set(valueKey(key), JSON.stringify({ value }), ttl === undefined ? undefined : Math.ceil(ttl));
  }

  /** Whether there was one. */
  async delete(key: string): Promise<boolean> {
    return await this.#state.delete(valueKey(key));
  }

  async exists(key: string): Promise<boolean> {
    return await this.#state.exists(valueKey(key));
  }

  /**
   * Deletes all keys of a pattern, and answers how many. `*` stands for any text, `?` for one character; everything
   * else for itself. At most 512 bytes. Walks over the keys in small steps, so that the store is never blocked.
   */
  async deletePattern(pattern: string): Promise<number> {
    return await this.#state.deleteMatching(VALUES, checkPattern(pattern));
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
    const lock = LOCKS + checkName(KEY, key);
    for (;;) {
      const text = await this.#state.get(valueKey(key));
      if (text !== undefined) return (JSON.parse(text) as { value: T }).value;
      if (await this.#state.setIfAbsent(lock, token, LOCK_TTL)) break;
      await sleep(POLL);
    }
    const renewal = setInterval(() => {
      // A renewal that fails lets the lock run out; the worst is one load more.
      this.#state.extendIfEqual(lock, token, LOCK_TTL).catch(() => undefined);
    }, LOCK_TTL / 3);
    try {
      // Somebody may have loaded it between our look and our lock.
      const text = await this.#state.get(valueKey(key));
      if (text !== undefined) return (JSON.parse(text) as { value: T }).value;
      const value = await load();
      await this.set(key, value, ttl);
      return value;
    } finally {
      clearInterval(renewal);
      await this.#state.deleteIfEqual(lock, token);
    }
  }
}

function valueKey(key: string): string {
  return VALUES + checkName(KEY, key);
}

/** Several stars in a row are one. */
function checkPattern(pattern: string): string {
  const problem = shortNameProblem(pattern);
  if (problem) throw new ArgumentError(`A pattern for keys of the cache ${problem}`);
  return pattern.replace(/\*+/g, '*');
}

function checkTtl(key: string, ttl: number | undefined): void {
  if (ttl !== undefined && !(ttl > 0)) throw new RangeError(`cache "${key}": the ttl must be above 0 ms, not ${ttl}`);
}
