/** The place of a key: the same in all processes and for ever. */

const PRIMES = [0x01000193, 0x85ebca6b] as const;

/** A whole number below 2^53, spread evenly over keys that differ little (`shop-1`, `shop-2`). */
export function hashKey(key: string): number {
  let low = 0x811c9dc5;
  let high = 0x2f0b4c47;
  for (let index = 0; index < key.length; index++) {
    const code = key.charCodeAt(index);
    low = Math.imul(low ^ code, PRIMES[0]);
    high = Math.imul(high ^ code, PRIMES[1]);
    high ^= high >>> 15;
  }
  return (mix(high ^ low) & 0x1fffff) * 2 ** 32 + mix(low);
}

/** Where in `jitter` ms the key stands. */
export function jitterOf(key: string, jitter: number): number {
  return Math.floor((hashKey(key) / 2 ** 53) * jitter);
}

/** Lets each bit depend on all others: the last characters of a key reach the first bits of its hash. */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x45d9f3b);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
