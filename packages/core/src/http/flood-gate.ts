/** Lets so many of a kind through in a time, and counts the rest: what anybody can cause must fill no log. */

/** Kinds remembered at a time; the oldest go first. */
const REMEMBERED = 1_000;

interface Window {
  readonly since: number;
  passed: number;
  held: number;
}

export class FloodGate {
  readonly #limit: { readonly max: number; readonly per: number };
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();

  /**
   * @param limit at most `max` of each kind in `per` ms
   * @param now epoch ms
   */
  constructor(limit: { readonly max: number; readonly per: number }, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /** How many of the kind were held back before this one; undefined when this one is held back as well. */
  pass(kind: string): number | undefined {
    const now = this.#now();
    const known = this.#windows.get(kind);
    if (known && now >= known.since && now - known.since < this.#limit.per) {
      if (known.passed >= this.#limit.max) {
        known.held++;
        return undefined;
      }
      known.passed++;
      return 0;
    }
    this.#windows.delete(kind);
    const oldest = this.#windows.size >= REMEMBERED ? this.#windows.keys().next().value : undefined;
    if (oldest !== undefined) this.#windows.delete(oldest);
    this.#windows.set(kind, { since: now, passed: 1, held: 0 });
    return known?.held ?? 0;
  }
}
