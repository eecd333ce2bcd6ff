/** Who wants to know that a connection to the store is back. */

/**
 * Unlike an outage, which is reported when somebody could notice it, each loss counts: a store that was restarted within
 * a tenth of a second may have come back empty.
 */
export class Reconnects {
  readonly #listeners = new Set<() => void>();

  /** Answers how to end that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A connection that was lost stands again. */
  tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
