/** The clock of test jobs: it stands still until a test moves it. */

/** Times as tests like to write them: a `Date`, epoch ms, or an ISO 8601 text. */
export type TestTime = Date | number | string;

export class TestClock {
  readonly #moved: () => void;
  #now: number;

  /** @param moved called after each move */
  constructor(start: TestTime, moved: () => void) {
    this.#now = toMilliseconds(start);
    this.#moved = moved;
  }

  /** Epoch ms. */
  readonly now = (): number => this.#now;

  /** Moves the clock to a time. No job runs because of it: `drain` runs what is due by then. */
  set(time: TestTime): void {
    this.#now = toMilliseconds(time);
    this.#moved();
  }

  /** Moves the clock on by so many ms. */
  advance(milliseconds: number): void {
    this.set(this.#now + milliseconds);
  }
}

function toMilliseconds(time: TestTime): number {
  const milliseconds = typeof time === 'number' ? time : new Date(time).getTime();
  if (!Number.isFinite(milliseconds)) throw new RangeError(`The test clock cannot be set to ${String(time)}`);
  return milliseconds;
}
