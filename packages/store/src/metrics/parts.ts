/** How many days are read at once, where all of them would be too many records for one statement. */
import { blocksEventLoop, type Database } from '../database/database.js';

/** Records that a part should have. Whoever writes records of its days may wait for it. */
const RECORDS = 50_000;

/** The same on the embedded store, which takes about 10 ms of its host's process for so many. */
const EMBEDDED_RECORDS = 1_500;

/** Days of the first part, of which nothing is known. */
const FIRST = 4;

/** The next part has at most so many times the days of the one before. */
const GROWTH = 8;

/** The sizes of parts, one after the other: each follows from how many records the one before has had. */
export class PartSize {
  readonly #records: number;
  #days = FIRST;

  constructor(database: Pick<Database, '$client'>) {
    this.#records = blocksEventLoop(database) ? EMBEDDED_RECORDS : RECORDS;
  }

  /** Of the next part. */
  get days(): number {
    return this.#days;
  }

  /** @param records how many the last part has had */
  follow(records: number): void {
    this.#days = Math.max(1, Math.round(this.#days * Math.min(GROWTH, this.#records / records)));
  }
}
