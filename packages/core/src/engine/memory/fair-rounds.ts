/** Turns of tenants in a fair queue: the rule of `FAIR_PRIORITIES` in engine/redis/scripts/fair-rounds.ts. */
import { MAX_PRIORITY } from '../bounds.js';

/** What the rule looks at in its queue, and what it may do to it. */
export interface FairQueue {
  /** Priority of the job that was started last of those that run. */
  readonly newestActive: number | undefined;
  /** Priority of the next job that waits. */
  readonly next: number | undefined;
  readonly hasDelayed: boolean;
  /** Takes `by` off the priorities of all jobs; none falls below 1. */
  lower(by: number): void;
}

export class FairRounds {
  #round = 1;
  readonly #lastOf = new Map<string, number>();

  /** One priority for each entry of `tenants`. */
  take(tenants: readonly string[], queue: FairQueue): number[] {
    let round = this.#served(queue);
    if (round > MAX_PRIORITY / 2) {
      const by = round - 1;
      queue.lower(by);
      for (const [tenant, last] of this.#lastOf) this.#lastOf.set(tenant, Math.max(1, last - by));
      round = 1;
    }
    this.#round = round;
    return tenants.map((tenant) => {
      const mine = Math.min(MAX_PRIORITY, Math.max(round, (this.#lastOf.get(tenant) ?? 0) + 1));
      this.#lastOf.set(tenant, mine);
      return mine;
    });
  }

  clear(): void {
    this.#round = 1;
    this.#lastOf.clear();
  }

  #served({ newestActive, next, hasDelayed }: FairQueue): number {
    if (newestActive !== undefined) return Math.max(this.#round, newestActive);
    if (next !== undefined) return Math.max(this.#round, next);
    if (!hasDelayed) this.clear();
    return this.#round;
  }
}
