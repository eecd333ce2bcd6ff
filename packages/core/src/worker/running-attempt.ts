/** One running attempt: ends by itself or from outside, whichever is first. On the path of every job: no closures. */
import { JobTimeoutError, toError } from '../errors.js';
import type { AttemptContext } from '../processor/context.js';

/** How it ended. `released`: its job goes back to the queue as if it had not been taken. `lost`: it is another one's. */
export type Ended =
  | { readonly kind: 'completed'; readonly value: unknown }
  | { readonly kind: 'thrown'; readonly error: Error }
  | { readonly kind: 'released' }
  | { readonly kind: 'lost' };

/** Of all attempts of a runner: while it gives back, an attempt that stops because of it is released, not failed. */
export interface GiveBack {
  isOn: boolean;
  /** How many have been released. */
  count: number;
}

/** Stands for the promise's `resolve` until the promise, which is made at once, has given it. */
const notYet = () => {};

export class RunningAttempt {
  readonly ended: Promise<Ended>;
  isEnded = false;
  /** The worker has crashed while it ran. */
  isDeath = false;
  /** Whether the processor itself has come to an end. */
  hasStopped = false;
  readonly #giveBack: GiveBack;
  readonly #resolve: (ended: Ended) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly context: AttemptContext,
    giveBack: GiveBack,
  ) {
    this.#giveBack = giveBack;
    let settle: (ended: Ended) => void = notYet;
    this.ended = new Promise((resolve) => {
      settle = resolve;
    });
    this.#resolve = settle;
  }

  /** Ends it after `timeout` ms. */
  limit(timeout: number): void {
    const { context } = this;
    this.#timer = setTimeout(() => {
      const error = new JobTimeoutError(`Attempt ${context.attempt} ran longer than its timeout of ${timeout} ms`);
      context.abort(error);
      this.end({ kind: 'thrown', error });
    }, timeout);
  }

  /** Ends it now, whatever the processor does. The first call decides. */
  end(ended: Ended): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.context.end();
    if (this.#timer) clearTimeout(this.#timer);
    const isReleased = ended.kind === 'released' || (ended.kind === 'thrown' && this.#giveBack.isOn);
    if (isReleased) this.#giveBack.count += 1;
    this.#resolve(isReleased ? { kind: 'released' } : ended);
  }

  /** The processor has returned. */
  returned(value: unknown): void {
    this.hasStopped = true;
    if (this.isEnded) this.#tooLate('returned');
    else this.end({ kind: 'completed', value });
  }

  /** The processor has thrown. */
  threw(thrown: unknown): void {
    this.hasStopped = true;
    const error = toError(thrown);
    if (this.isEnded) this.#tooLate('threw', error);
    else this.end({ kind: 'thrown', error });
  }

  #tooLate(what: string, error?: Error): void {
    this.context.logger.warn(
      error ? { err: error } : {},
      `The processor ${what} after its attempt had been ended; that is dropped`,
    );
  }
}
