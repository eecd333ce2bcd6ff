/** Whether what began as a spike or drop stays: then it is a shift. */
import { z } from 'zod';

/** Values in a row beyond the bound that held when it began. */
const VALUES = 5;

export const persistenceState = z
  .strictObject({ direction: z.union([z.literal(1), z.literal(-1)]), bound: z.number(), values: z.int().positive() })
  .nullable();
type Started = z.infer<typeof persistenceState>;

export class Persistence {
  #started: Started;

  constructor(state: Started = null) {
    this.#started = state === null ? null : { ...state };
  }

  /** An alarm: from here on values are counted, unless those of an earlier one in the same direction are. */
  start(direction: 1 | -1, bound: number): void {
    if (this.#started?.direction !== direction) this.#started = { direction, bound, values: 1 };
  }

  /** Whether this value is the one that makes it a shift. */
  push(value: number): boolean {
    const started = this.#started;
    if (!started) return false;
    if ((value - started.bound) * started.direction <= 0) {
      this.#started = null;
      return false;
    }
    started.values += 1;
    if (started.values < VALUES) return false;
    this.#started = null;
    return true;
  }

  /** The season has changed: values are no longer measured from the same. */
  stop(): void {
    this.#started = null;
  }

  state(): Started {
    return this.#started === null ? null : { ...this.#started };
  }
}
