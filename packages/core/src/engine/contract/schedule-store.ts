/** A record of a schedule. */
export interface StoredSchedule {
  /** Free text, unique in the store. */
  readonly key: string;
  /** What tells whether it is still the wanted one. */
  readonly print: string;
  /** All of it, JSON. */
  readonly record: string;
  /** The lists that it is in. Without line breaks. */
  readonly indexes: readonly string[];
}

/**
 * The records of schedules. What is written is open until it is settled: whoever dies in between leaves a print that
 * nobody wants, and of two who write at once the later one's record stands and the earlier one hears of it.
 */
export interface ScheduleStore {
  /** Their prints, in one round trip, with a `~` before one that is open; undefined for one that is not there. */
  prints(keys: readonly string[]): Promise<(string | undefined)[]>;
  records(keys: readonly string[]): Promise<(string | undefined)[]>;
  /** Writes records; their prints are open. */
  put(schedules: readonly StoredSchedule[]): Promise<void>;
  /** What had to be done is done. False for one that is another one by now, or gone. */
  settle(prints: readonly { readonly key: string; readonly print: string }[]): Promise<boolean[]>;
  /** Answers how many there were. */
  remove(keys: readonly string[]): Promise<number>;
  /** Keys of a list in their order, `limit` of those behind `after`. */
  keys(index: string, after: string | undefined, limit: number): Promise<string[]>;
  /** How many are in a list. */
  count(index: string): Promise<number>;
}
