/** How far the mean of the last values is from that of as many before them: what a shift moves and a spike hardly does. */
import { z } from 'zod';
import { amount } from './limits.js';

const WIDTH = 48;

/** The last values, oldest first. */
export const stepState = z.array(amount).max(2 * WIDTH);

export class Step {
  readonly #values: number[];

  constructor(state: readonly number[] = []) {
    this.#values = [...state];
  }

  /** 0 as long as too few values are known. */
  push(value: number): number {
    this.#values.push(value);
    if (this.#values.length > 2 * WIDTH) this.#values.shift();
    if (this.#values.length < 2 * WIDTH) return 0;
    // Summed each time: a running sum would keep the rounding of one huge value for ever.
    let difference = 0;
    for (let index = 0; index < WIDTH; index++) {
      difference += ((this.#values[WIDTH + index] ?? 0) - (this.#values[index] ?? 0)) / WIDTH;
    }
    return difference;
  }

  state(): number[] {
    return [...this.#values];
  }
}
