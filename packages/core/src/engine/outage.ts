/** Tells of an outage once, however many connections notice it how often, and of its end. */
import { connectionLost } from './connection-error.js';

/** An outage that goes on is told again after this long. ms */
const REPEAT = 30_000;

/** A connection that comes and goes is told no more often. ms */
const PAUSE = 2_000;

/** What it tells, and to whom. */
export interface OutageOptions {
  readonly address: string;
  readonly onError: (error: Error) => void;
  /** `away` in ms. */
  readonly onBack: (away: number) => void;
  readonly now?: () => number;
}

/** The outages of one store. */
export class Outage {
  readonly #options: OutageOptions;
  readonly #now: () => number;
  #since: number | undefined;
  #seen = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;
  #told = false;

  constructor(options: OutageOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** A connection was lost, or could not be made. */
  lost(error: Error): void {
    const now = this.#now();
    // Nothing heard for so long: the last one ended without a connection of ours to tell us.
    if (now - this.#seen > REPEAT) this.#end();
    this.#seen = now;
    this.#since ??= now;
    if (now - this.#toldAt < (this.#told ? REPEAT : PAUSE)) return;
    this.#toldAt = now;
    this.#told = true;
    this.#options.onError(connectionLost(this.#options.address, error));
  }

  /** A connection stands. */
  back(): void {
    if (this.#since !== undefined && this.#told) this.#options.onBack(this.#now() - this.#since);
    this.#end();
  }

  #end(): void {
    this.#since = undefined;
    this.#told = false;
  }
}
