/** What goes wrong behind an answer of 500, in the log of the host. Whoever asks again and again does not fill it. */
import type { Logger } from '../logger.js';
import { FloodGate } from './flood-gate.js';
import { shownText } from './shown-text.js';

/** The same fault is told once in a time, and so many different ones. ms */
const PER = 5_000;
const MAX_FAULTS = 20;

/** Bytes */
const MAX_MESSAGE = 1_000;

export class FaultLog {
  readonly #subject: string;
  readonly #logger: Logger;
  readonly #same: FloodGate;
  readonly #all: FloodGate;

  /** @param subject begins each line: `the monitoring API` */
  constructor(subject: string, { logger, now }: { readonly logger: Logger; readonly now: () => number }) {
    this.#subject = subject;
    this.#logger = logger;
    this.#same = new FloodGate({ max: 1, per: PER }, now);
    this.#all = new FloodGate({ max: MAX_FAULTS, per: PER }, now);
  }

  tell(error: Error): void {
    // Two faults that differ in ids and numbers only are the same.
    const message = shownText(error.message, MAX_MESSAGE);
    const kind = `${error.name} ${message.replace(/\S*\d\S*/g, '#')}`;
    const same = this.#same.pass(kind);
    if (same === undefined) return;
    const others = this.#all.pass('all');
    if (others === undefined) return;
    const leftOut = same + others;
    this.#logger.error({ err: error, ...(leftOut > 0 ? { leftOut } : {}) }, `${this.#subject}: ${message}`);
  }
}
