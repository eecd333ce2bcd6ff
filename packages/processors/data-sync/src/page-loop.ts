/** Finds pages that go in a circle, however long it is, with the memory of one cursor (Brent's cycle detection). */
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@bizinsights/jobs-platforms';

export class PageLoop {
  /** The cursor that the following ones are compared with; replaced after 1, 2, 4, 8, … pages. */
  #mark: Json | undefined;
  #steps = 0;
  #limit = 1;

  /** Whether the read is where it has been before. */
  closesAt(cursor: Json): boolean {
    if (this.#mark !== undefined && isDeepStrictEqual(cursor, this.#mark)) return true;
    if (++this.#steps >= this.#limit) {
      this.#mark = cursor;
      this.#limit *= 2;
      this.#steps = 0;
    }
    return false;
  }
}
