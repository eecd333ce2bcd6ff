/** The last job of each key that later ones may reuse. */
import type { Reuse } from '../contract.js';
import type { MemoryJob } from './job.js';

/** After so many new keys, those whose jobs are gone are forgotten. */
const SWEEP_EVERY = 1_000;

export class ReusableJobs {
  readonly #now: () => number;
  readonly #find: (id: string) => MemoryJob | undefined;
  readonly #ids = new Map<string, string>();

  constructor(now: () => number, find: (id: string) => MemoryJob | undefined) {
    this.#now = now;
    this.#find = find;
  }

  /** The job to answer instead of adding `id`; undefined when `id` is to be added, which is the key's job from then on. */
  take({ key, maxAge }: Reuse, id: string): string | undefined {
    const last = this.#ids.get(key);
    const job = last === undefined ? undefined : this.#find(last);
    if (job && this.#isReusable(job, maxAge)) return job.id;
    if (last === undefined && this.#ids.size % SWEEP_EVERY === SWEEP_EVERY - 1) this.#sweep();
    this.#ids.set(key, id);
    return undefined;
  }

  clear(): void {
    this.#ids.clear();
  }

  #isReusable({ state, finishedOn = 0 }: MemoryJob, maxAge: number): boolean {
    if (state === 'completed') return finishedOn >= this.#now() - maxAge;
    return state !== 'failed' && state !== 'removed';
  }

  #sweep(): void {
    for (const [key, id] of this.#ids) if (!this.#find(id)) this.#ids.delete(key);
  }
}
