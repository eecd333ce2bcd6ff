/** `jobs.cache`: values that processes share for a while, on whatever engine the jobs are. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StateStore } from '../engine/contract.js';
import { ArgumentError } from '../errors.js';
import { checkName, shortNameProblem } from '../names.js';
import { Lease } from './lease.js';

/** How long a load holds others when nothing is said, and at most. ms */
const HOLD = { default: 10_000, max: 3_600_000 } as const;

/** How often a process that waits for another one's load looks again. */
const POLL = 25;

const VALUES = 'cache:';
const LOCKS = 'cache-lock:';

/** What those hear that wait for a load of their own process when it is late. */
const LATE = Symbol('late');

/** What a loader of `remember` is called with. */
export interface LoadContext {
  /** Aborts when the load has held others for too long, and another one may begin. Its reason is a `TimeoutError`. */
  readonly signal: AbortSignal;
}

/** Options of `remember`. */
export interface RememberOptions {
  /** How long others wait for the load before the next one loads, ms. From 1 ms to one hour, by default 10,000. */
  readonly hold?: number;
}

type Load = (context: LoadContext) => unknown;

/** A load of this process. */
interface Loading {
  readonly result: Promise<unknown>;
  readonly late: Promise<typeof LATE>;
}

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
  readonly #loading = new Map<string, Loading>();

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** The value, or undefined. It is what JSON made of what was set; `T` is your word for it. */
  async get<T = unknown>(key: string): Promise<T | undefined> {
    return (await this.#find(key))?.value as T | undefined;
  }

  /**
   * @param ttl ms; without it the value stays until it is deleted
   * @throws `ArgumentError` when JSON cannot carry the value
   */
  async set(key: string, value: unknown, ttl?: number): Promise<void> {
    checkTtl(key, ttl);
    await this.#state.set(valueKey(key), toText(key, value), ttl === undefined ? undefined : Math.ceil(ttl));
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
   * They wait for `hold` ms at most, also when the load hangs or its process has died; then the next one loads. The late
   * load's `signal` aborts. What it still answers goes to its own caller and is not kept, as the next one may be newer. A
   * load that takes longer needs a longer `hold`. A value that was set while it was loaded is not overwritten.
   *
   * @param ttl ms
   * @throws what `load` throws, to those that wait in the same process; another process then tries its own `load`.
   * `ArgumentError` when JSON cannot carry the value.
   * @example
   * ```ts
   * await jobs.cache.remember('rates', 60_000, ({ signal }) => fetchRates({ signal }), { hold: 5_000 });
   * ```
   */
  async remember<T>(
    key: string,
    ttl: number,
    load: (context: LoadContext) => Promise<T> | T,
    { hold = HOLD.default }: RememberOptions = {},
  ): Promise<T> {
    checkTtl(key, ttl);
    if (!(hold >= 1 && hold <= HOLD.max)) {
      throw new RangeError(`cache "${key}": \`hold\` must be from 1 to ${HOLD.max} ms, not ${hold}`);
    }
    for (;;) {
      const running = this.#loading.get(key);
      if (!running) return (await this.#begin(key, ttl, load, Math.ceil(hold))) as T;
      const answer = await Promise.race([running.result, running.late]);
      if (answer !== LATE) return answer as T;
    }
  }

  #begin(key: string, ttl: number, load: Load, hold: number): Promise<unknown> {
    let tellLate: (late: typeof LATE) => void = () => {};
    const late = new Promise<typeof LATE>((resolve) => {
      tellLate = resolve;
    });
    const end = () => {
      if (this.#loading.get(key) === loading) this.#loading.delete(key);
    };
    const result = this.#remember(key, ttl, load, hold, () => {
      end();
      tellLate(LATE);
    }).finally(end);
    const loading: Loading = { result, late };
    this.#loading.set(key, loading);
    return result;
  }

  async #remember(key: string, ttl: number, load: Load, hold: number, onLate: () => void): Promise<unknown> {
    const lease = new Lease({
      state: this.#state,
      key: LOCKS + checkName(KEY, key),
      holder: randomUUID(),
      ttl: hold,
    });
    for (;;) {
      const found = await this.#find(key);
      if (found) return found.value;
      if (await lease.take()) break;
      await sleep(POLL);
    }
    const lateness = new AbortController();
    const timer = setTimeout(() => {
      lateness.abort(new DOMException(`The load has held others for ${hold} ms`, 'TimeoutError'));
      onLate();
    }, lease.sureFor);
    try {
      // Somebody may have loaded it between our look and our lock.
      const found = await this.#find(key);
      if (found) return found.value;
      const value = await load({ signal: lateness.signal });
      const text = toText(key, value);
      // The lock gets the time that the write needs.
      const isOurs = !lateness.signal.aborted && (await lease.renew());
      if (isOurs) await this.#state.setIfAbsent(valueKey(key), text, Math.ceil(ttl));
      return value;
    } finally {
      clearTimeout(timer);
      await lease.release();
    }
  }

  async #find(key: string): Promise<{ readonly value: unknown } | undefined> {
    const text = await this.#state.get(valueKey(key));
    return text === undefined ? undefined : { value: (JSON.parse(text) as { value?: unknown }).value };
  }
}

/** Wrapped, so that `undefined` can be kept too. */
function toText(key: string, value: unknown): string {
  try {
    return JSON.stringify({ value });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArgumentError(`The value of "${key}" cannot be kept in the cache: ${reason}`, { cause: error });
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
