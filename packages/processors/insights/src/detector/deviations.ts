/** What one view of a series has deviated by so far, up and down apart: few series are as noisy in both directions. */
import { z } from 'zod';
import { Tail, tailState } from './tail.js';

/** After so many values an old one counts for 37 %. */
const MEMORY = 2_000;

/** Weights are made smaller in steps, so that most values cost no pass over the histogram. */
const FORGET_EVERY = 64;

/** With fewer than these nothing is surprising. */
const LEAST = 10;

export const deviationsState = z.strictObject({
  up: tailState,
  down: tailState,
  total: z.number().gte(0).lte(1e9),
  sinceForgetting: z.int().nonnegative().lt(FORGET_EVERY),
});
export type DeviationsState = z.infer<typeof deviationsState>;

export class Deviations {
  readonly #up: Tail;
  readonly #down: Tail;
  #total: number;
  #sinceForgetting: number;

  constructor(state?: DeviationsState) {
    this.#up = new Tail(state?.up);
    this.#down = new Tail(state?.down);
    this.#total = state?.total ?? 0;
    this.#sinceForgetting = state?.sinceForgetting ?? 0;
  }

  /**
   * How surprising a deviation is, judged by those before it; then it is one of them.
   *
   * @param floor added to the magnitude of each, so that what is small against the series is no surprise
   */
  push(deviation: number, floor: number): number {
    const magnitude = Math.abs(deviation) + floor;
    const side = deviation > 0 ? this.#up : this.#down;
    const surprise = deviation === 0 || this.#total < LEAST ? 0 : side.surprise(magnitude, this.#total);
    // A deviation of nothing is of neither side, and counts in the total.
    if (deviation !== 0) side.add(magnitude);
    this.#total += 1;
    this.#sinceForgetting += 1;
    if (this.#sinceForgetting === FORGET_EVERY) this.#forget();
    return surprise;
  }

  /** How far a value may deviate up and down before it is as surprising as given. 0 where nothing is known. */
  bounds(surprise: number, floor: number): { up: number; down: number } {
    const reach = (side: Tail) => Math.max(0, side.magnitude(surprise, this.#total) - floor);
    return { up: reach(this.#up), down: reach(this.#down) };
  }

  /** The prediction has another mean error from now on: what deviated from the old one is measured by the new one's. */
  rescale(factor: number, floor: { before: number; now: number }): void {
    const other = (magnitude: number) => Math.max(0, magnitude - floor.before) * factor + floor.now;
    this.#up.transform(other);
    this.#down.transform(other);
  }

  state(): DeviationsState {
    return {
      up: this.#up.state(),
      down: this.#down.state(),
      total: this.#total,
      sinceForgetting: this.#sinceForgetting,
    };
  }

  #forget(): void {
    const factor = Math.exp(-FORGET_EVERY / MEMORY);
    this.#up.forget(factor);
    this.#down.forget(factor);
    this.#total *= factor;
    this.#sinceForgetting = 0;
  }
}
