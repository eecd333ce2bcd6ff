/** Identical reads that are asked for at the same time are done once. */
export class SharedReads {
  readonly #running = new Map<string, Promise<unknown>>();

  /** @param key names what is read, with everything that its answer depends on */
  share<T>(key: string, read: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    // The key says what is read, so that who shares it wants the same type.
    if (running) return running as Promise<T>;
    const started = read().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }
}
