/** Shared state beside the jobs: cache, locks, durable steps, rate limits. Keys are free text. */
export interface StateStore {
  get(key: string): Promise<string | undefined>;
  /** The values of keys, in their order. */
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  set(key: string, value: string, ttl?: number): Promise<void>;
  delete(key: string): Promise<boolean>;
  exists(key: string): Promise<boolean>;
  /** Deletes the keys that begin with `prefix` and match `pattern` behind it; answers how many. Never blocks the store. */
  deleteMatching(prefix: string, pattern: string): Promise<number>;
  /** Sets a key that does not exist yet (a lock). False when it does. */
  setIfAbsent(key: string, value: string, ttl: number): Promise<boolean>;
  /** Gives a key `ttl` ms more if it still has `value`. */
  extendIfEqual(key: string, value: string, ttl: number): Promise<boolean>;
  deleteIfEqual(key: string, value: string): Promise<boolean>;
  /** Puts `value` in the place of `old`, for `ttl` ms; true also where it is there already. False where neither is. */
  replaceIfEqual(key: string, old: string, value: string, ttl: number): Promise<boolean>;
  /** The fields of a map. */
  fields(key: string): Promise<Record<string, string>>;
  /** Sets one field of a map, which lives `ttl` ms from now. `reset` drops what the map had before. */
  setField(key: string, field: string, value: string, ttl: number, reset: boolean): Promise<void>;
  deleteField(key: string, field: string): Promise<void>;
  /**
   * Adds entries to a log, the last one as the newest. It keeps the newest `keep` ones; a long log some more, until it is
   * shortened.
   */
  append(key: string, entries: readonly string[], keep: number): Promise<void>;
  /** `count` entries of a log, newest first, beginning `start` entries before the newest. */
  entries(key: string, start: number, count: number): Promise<string[]>;
  /** The `count` oldest entries of a log, the oldest first. */
  oldestEntries(key: string, count: number): Promise<string[]>;
  /**
   * Removes the `count` oldest entries of a log, if the youngest of them is `last`. False where it is another one: somebody
   * else has removed some meanwhile.
   */
  removeOldest(key: string, count: number, last: string): Promise<boolean>;
  /**
   * Takes one of the `max` starts that any window of `per` ms allows to `key`. Answers 0 when `member` may start now,
   * else after how many ms to ask again; the place is kept for it. Measured on the store's own clock, so that it is
   * exact over all processes.
   */
  takeSlot(key: string, member: string, max: number, per: number): Promise<number>;
}
