/** Many keys in little room: eight bytes each, so that 100,000 are not felt. */
import { hashKey } from './jitter.js';

const FIRST_SIZE = 1_024;

/**
 * Keys by their hashes of 53 bits. Of 100,000 keys, another one is taken for one of them once in 10^11 times; then
 * nothing is done to it.
 */
export class KeySet {
  #hashes = new Float64Array(FIRST_SIZE);
  #length = 0;
  #isSorted = true;

  add(key: string): void {
    if (this.#length === this.#hashes.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#length++] = hashKey(key);
    this.#isSorted = false;
  }

  /** How many different ones there are. */
  get size(): number {
    const sorted = this.#sorted();
    let count = 0;
    for (let index = 0; index < sorted.length; index++) if (sorted[index] !== sorted[index - 1]) count++;
    return count;
  }

  has(key: string): boolean {
    const hash = hashKey(key);
    const sorted = this.#sorted();
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] ?? 0) < hash) low = middle + 1;
      else high = middle;
    }
    return sorted[low] === hash;
  }

  #sorted(): Float64Array {
    const used = this.#hashes.subarray(0, this.#length);
    if (!this.#isSorted) used.sort();
    this.#isSorted = true;
    return used;
  }
}
