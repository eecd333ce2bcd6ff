/** What a job keeps between its attempts: results of steps and positions of cursors. */
import type { StateStore } from '../engine/engine.js';

/** Longer than any job waits for its next attempt, with the week that a failed one is kept for a retry by hand. */
const TTL = 30 * 24 * 3_600_000;

/** The lasting state of one job, read once when it is first needed. */
export class JobState {
  readonly #store: StateStore;
  readonly #key: string;
  /** A first attempt has nothing to read; what a removed job of the same id has left behind is dropped. */
  #fresh: boolean;
  #loaded: Promise<Map<string, unknown>> | undefined;
  /** The first write, which drops what was there. */
  #cleared: Promise<void> | undefined;

  constructor(store: StateStore, queue: string, id: string, isFirstStart: boolean) {
    this.#store = store;
    this.#key = stateKey(queue, id);
    this.#fresh = isFirstStart;
  }

  /** Whether anything was read or written, so that there may be something to forget. */
  get used(): boolean {
    return this.#loaded !== undefined;
  }

  async has(field: string): Promise<boolean> {
    return (await this.#load()).has(field);
  }

  async get(field: string): Promise<unknown> {
    return (await this.#load()).get(field);
  }

  /** When it resolves, a crash does not lose the value. */
  async set(field: string, value: unknown): Promise<void> {
    const fields = await this.#load();
    // Wrapped, so that `undefined` is a value too.
    const text = JSON.stringify({ value });
    if (this.#fresh) {
      // Whatever else is set meanwhile waits for it: a store may take two at once in any order.
      this.#fresh = false;
      this.#cleared = this.#write(field, text, true);
      await this.#cleared.catch((error) => {
        this.#fresh = true;
        throw error;
      });
    } else {
      await this.#cleared;
      await this.#write(field, text, false);
    }
    fields.set(field, readField(text));
  }

  #write(field: string, text: string, reset: boolean): Promise<void> {
    return this.#store.setField(this.#key, field, text, TTL, reset);
  }

  #load(): Promise<Map<string, unknown>> {
    this.#loaded ??= this.#fresh ? Promise.resolve(new Map()) : this.#read();
    return this.#loaded;
  }

  async #read(): Promise<Map<string, unknown>> {
    const fields = await this.#store.fields(this.#key);
    return new Map(Object.entries(fields).map(([field, text]) => [field, readField(text)]));
  }
}

function readField(text: string): unknown {
  const { value }: { value?: unknown } = JSON.parse(text);
  return value;
}

export function stateKey(queue: string, id: string): string {
  return `job:${queue}:${id}`;
}
