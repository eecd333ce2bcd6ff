/** A worker as its host holds it: hot reload may put another one in its place. */
import type { WorkerHandle } from './worker.js';

export class StartedWorker<Options> {
  readonly options: Options;
  #opening: Promise<WorkerHandle>;
  #handle: WorkerHandle | undefined;
  #isStopped = false;

  constructor(options: Options, open: () => Promise<WorkerHandle>) {
    this.options = options;
    this.#opening = open();
  }

  /** Whether the host has closed it. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Resolves when it works, also when another one has taken its place meanwhile. Rejects why it does not. */
  async started(): Promise<WorkerHandle> {
    for (;;) {
      const opening = this.#opening;
      try {
        this.#handle = await opening;
      } catch (error) {
        if (opening === this.#opening) throw error;
      }
      if (opening === this.#opening) break;
    }
    const handle = () => {
      if (!this.#handle) throw new Error('The worker has not started');
      return this.#handle;
    };
    const close: WorkerHandle['close'] = (options) => {
      this.#isStopped = true;
      return this.close(options);
    };
    return { stats: () => handle().stats(), close, [Symbol.asyncDispose]: () => close() };
  }

  /** Starts another one in its place, and drains this one meanwhile. Rejects why the other one does not start. */
  async replace(open: () => Promise<WorkerHandle>): Promise<void> {
    const before = this.#handle;
    const opening = open();
    this.#opening = opening;
    const replaced = opening.then(async (handle) => {
      if (this.#opening === opening) this.#handle = handle;
      if (this.#isStopped) await handle.close();
    });
    await Promise.all([replaced, before?.close()]);
  }

  async close(options?: { timeout?: number }): Promise<void> {
    await this.#handle?.close(options);
  }
}
