/**
 * One event, one alarm: what follows a surprise is a part of it, unless it is a larger one. Detectors of the Numenta
 * benchmark rest in the same way (Burnaev and Ishimtsev, "Conformalized density- and distance-based anomaly detection in
 * time-series data", 2016).
 */
import { z } from 'zod';

/** Values after a surprise that only a larger one interrupts. */
const LENGTH = 30;

/** What is left of a surprise in the rest: as of a value like most. */
const RESTING = 0.5;

export const restState = z.strictObject({ height: z.number().nonnegative(), left: z.int().nonnegative() });

export class Rest {
  #height: number;
  #left: number;

  constructor(state: z.infer<typeof restState> = { height: 0, left: 0 }) {
    this.#height = state.height;
    this.#left = state.left;
  }

  push(surprise: number): number {
    this.pass();
    if (surprise <= this.#height) return Math.min(surprise, RESTING);
    this.#height = surprise;
    this.#left = LENGTH;
    return surprise;
  }

  /** Time goes on, also for a value that is unknown. */
  pass(): void {
    if (this.#left > 0) this.#left -= 1;
    else this.#height = 0;
  }

  state(): z.infer<typeof restState> {
    return { height: this.#height, left: this.#left };
  }
}
