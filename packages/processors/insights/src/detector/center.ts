/** The median of a series and its spread around it, followed with two numbers: nothing is sorted or kept. */
import { z } from 'zod';
import { amount, extent } from './limits.js';

/** The weight of a new value once the series is long. */
const MEDIAN_RATE = 1 / 500;
const SPREAD_RATE = 1 / 1_000;

export const centerState = z.strictObject({
  count: z.int().nonnegative(),
  median: amount,
  step: extent,
  spread: extent,
});
export type CenterState = z.infer<typeof centerState>;

/**
 * Stochastic approximation of a quantile (Robbins and Monro, 1951; for streams Chen, Lambert and Pinheiro, "Incremental
 * quantile estimation for massive tracking", 2000): each value moves the estimate by one step towards itself, and the step
 * is a part of the mean distance.
 */
export class Center {
  #state: CenterState;

  constructor(state: CenterState = { count: 0, median: 0, step: 0, spread: 0 }) {
    this.#state = { ...state };
  }

  /** Undefined before the first value. */
  get median(): number | undefined {
    return this.#state.count === 0 ? undefined : this.#state.median;
  }

  /** The mean distance of a value from the median. */
  get spread(): number {
    return this.#state.spread;
  }

  push(value: number): void {
    const state = this.#state;
    if (state.count === 0) state.median = value;
    const distance = Math.abs(value - state.median);
    state.count += 1;
    const rate = Math.max(MEDIAN_RATE, 1 / state.count);
    state.spread += (distance - state.spread) * Math.max(SPREAD_RATE, 1 / state.count);
    state.step += (distance - state.step) * rate;
    state.median += Math.sign(value - state.median) * state.step * rate;
  }

  state(): CenterState {
    return { ...this.#state };
  }
}
