/**
 * A Bloom filter of words (Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970): it never denies a
 * word that was put in, and takes one word in ten thousand that was not: a wrong answer is a block of jobs read in vain,
 * and there are ten thousand blocks for a million jobs.
 */

/** (1 - e^(-HASHES / BITS_PER_WORD)) ^ HASHES of the answers are wrong: 0.00009. */
const BITS_PER_WORD = 20;
const HASHES = 10;

export class WordFilter {
  readonly #bits: Uint32Array;
  readonly #size: number;

  constructor(words: ReadonlySet<string>) {
    this.#size = Math.max(64, words.size * BITS_PER_WORD);
    this.#bits = new Uint32Array(Math.ceil(this.#size / 32));
    for (const word of words) for (const bit of this.#bitsOf(word)) this.#set(bit);
  }

  mayHold(word: string): boolean {
    for (const bit of this.#bitsOf(word)) if (!this.#has(bit)) return false;
    return true;
  }

  /** Two hashes give them all (Kirsch and Mitzenmacher, "Less hashing, same performance", 2006). */
  *#bitsOf(word: string): Generator<number> {
    const [first, second] = hash(word);
    for (let index = 0; index < HASHES; index++) yield (first + index * second) % this.#size;
  }

  #set(bit: number): void {
    const at = bit >>> 5;
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (bit & 31));
  }

  #has(bit: number): boolean {
    return ((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }
}

/** FNV-1a with two bases; the second is odd, so that it never stands still. */
function hash(word: string): [number, number] {
  let first = 0x811c9dc5;
  let second = 0x01000193;
  for (let index = 0; index < word.length; index++) {
    const code = word.charCodeAt(index);
    first = Math.imul(first ^ code, 0x01000193) >>> 0;
    second = Math.imul(second ^ code, 0x85ebca6b) >>> 0;
  }
  return [first, (second | 1) >>> 0];
}

/** 53 bits of an id, for a set of many: a number takes less than a text. */
export function idNumber(id: string): number {
  const [first, second] = hash(id);
  return first * 0x200000 + (second >>> 11);
}
