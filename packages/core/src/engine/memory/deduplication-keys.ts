/** Who holds the key of a deduplication: until its job ends or, with a lifetime, until that is over. */

interface Holder {
  readonly id: string;
  readonly expiresAt: number | undefined;
}

export class DeduplicationKeys {
  readonly #now: () => number;
  readonly #holders = new Map<string, Holder>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes the key for a job, or answers who holds it. */
  take(key: string, id: string, ttl: number | undefined, exists: (id: string) => boolean): string | undefined {
    const now = this.#now();
    const holder = this.#holders.get(key);
    if (holder) {
      // A key without a lifetime goes with its job; one with a lifetime may outlive it.
      const held = holder.expiresAt === undefined ? exists(holder.id) : holder.expiresAt > now;
      if (held) return holder.id;
    }
    this.#holders.set(key, { id, expiresAt: ttl === undefined ? undefined : now + ttl });
    return undefined;
  }

  /** The job has ended: a key with a lifetime stays. */
  jobEnded(key: string | undefined, id: string): void {
    const holder = key === undefined ? undefined : this.#holders.get(key);
    if (key !== undefined && holder?.id === id && holder.expiresAt === undefined) this.#holders.delete(key);
  }

  /** The job was removed by hand: its key is free. */
  jobRemoved(key: string | undefined, id: string): void {
    if (key !== undefined && this.#holders.get(key)?.id === id) this.#holders.delete(key);
  }

  clear(): void {
    this.#holders.clear();
  }
}
