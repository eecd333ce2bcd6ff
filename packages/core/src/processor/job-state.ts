/** What a job keeps between its attempts: results of steps and positions of cursors. */

import type { ActiveJob } from '../engine/contract.js';
import { withoutDepth } from '../engine/json-depth.js';

/** Longer than any job waits for its next attempt, with the week that a failed one is kept for a retry by hand. */
const TTL = 30 * 24 * 3_600_000;

/** What the state of an attempt needs to know of it. */
export interface Saving {
  /** Repeats an operation while the store is away. */
  readonly patiently: <T>(operation: () => Promise<T>) => Promise<T>;
  /** The store has refused: a later attempt has begun, or the job is gone. Answers the error to reject with. */
  readonly refused: () => Error;
}

/** The lasting state of one job, read once when it is first needed. A store that is away is waited for. */
export class JobState {
  readonly #active: ActiveJob;
  readonly #saving: Saving;
  #loaded: Promise<Map<string, unknown>> | undefined;

  constructor(active: ActiveJob, saving: Saving) {
    this.#active = active;
    this.#saving = saving;
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
    const text = writeField(value);
    const { patiently, refused } = this.#saving;
    if (!(await patiently(() => this.#active.save(field, text, TTL)))) throw refused();
    fields.set(field, readField(text));
  }

  #load(): Promise<Map<string, unknown>> {
    // A first attempt has nothing to read: what a removed job of the same id has left behind is not its own.
    this.#loaded ??= this.#active.job.attemptsStarted <= 1 ? Promise.resolve(new Map()) : this.#read();
    return this.#loaded;
  }

  async #read(): Promise<Map<string, unknown>> {
    const { patiently, refused } = this.#saving;
    const fields = await patiently(() => this.#active.saved());
    if (!fields) throw refused();
    return new Map(Object.entries(fields).map(([field, text]) => [field, readField(text)]));
  }
}

/** Wrapped, so that `undefined` is a value too. */
function writeField(value: unknown): string {
  try {
    return JSON.stringify({ value });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // More levels than JavaScript can write. What has been done is kept without them, not done again.
    return JSON.stringify({ value: withoutDepth(value) });
  }
}

function readField(text: string): unknown {
  const { value }: { value?: unknown } = JSON.parse(text);
  return value;
}
