/** A Map whose entries come and go all the time, as those of the jobs that run. */

/** It is renewed when so many more entries have gone than it has. */
const GONE = 100;

/**
 * V8 gives a Map a new table after some tens of entries that have come and gone, and the table before refers to the new one.
 * Once a table has become old, only a full collection takes it away, and until then it keeps each table after it, with what
 * was in there: nearly all jobs that have run, at a concurrency of 50. Copies refer to nothing, so the chain ends.
 */
export class ChurnedMap<Key, Value> {
  #entries = new Map<Key, Value>();
  #gone = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: Key, value: Value): void {
    this.#entries.set(key, value);
  }

  delete(key: Key): void {
    if (!this.#entries.delete(key)) return;
    if (++this.#gone < GONE + this.#entries.size) return;
    this.#gone = 0;
    this.#entries = new Map(this.#entries);
  }

  keys(): MapIterator<Key> {
    return this.#entries.keys();
  }

  values(): MapIterator<Value> {
    return this.#entries.values();
  }
}
