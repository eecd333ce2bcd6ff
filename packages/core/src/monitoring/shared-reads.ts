/** Identical reads that are asked for at the same time, or soon after, are done once. */
export class SharedReads {
  readonly #running = new Map<string, Promise<unknown>>();

  /**
   * @param key names what is read, with everything that its answer depends on
   * @param age for how long an answer is given again, ms
   */
  share<T>(key: string, read: () => Promise<T>, age = 0): Promise<T> {
    const running = this.#running.get(key);
    // The key says what is read, so that who shares it wants the same type.
    if (running) return running as Promise<T>;
    const forget = () => this.#running.delete(key);
    const started = read().finally(() => (age > 0 ? setTimeout(forget, age).unref() : forget()));
    this.#running.set(key, started);
    return started;
  }
}
