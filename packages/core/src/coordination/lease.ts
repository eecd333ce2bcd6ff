/** Leases: a key of the state store that one holder has at a time, for as long as it is heard of. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StateStore } from '../engine/contract.js';
import { toError } from '../errors.js';

/** What a lease is made with. */
export interface LeaseOptions {
  readonly state: StateStore;
  readonly key: string;
  /** Who holds it: a text that no other holder has. */
  readonly holder: string;
  /** A holder that has not been heard of for this long has lost it. ms */
  readonly ttl: number;
}

/** One holder's lease on a key. */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #renewal = new AbortController();
  /** By the monotonic clock: from before the store was asked, so that we know of an end no later than the store. */
  #heldUntil = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /**
   * Takes it, or answers false. A holder that has it already has it for `ttl` more.
   *
   * @param mayReplace whether what another holder has left behind may be taken from it, without a moment in which a third
   * one could have it. Default: no.
   */
  async take(mayReplace?: (holder: string) => boolean): Promise<boolean> {
    const { state, key, holder, ttl } = this.#options;
    const asked = performance.now();
    if (await state.setIfAbsent(key, holder, ttl)) return this.#gained(asked);
    if (await state.extendIfEqual(key, holder, ttl)) return this.#gained(asked);
    if (!mayReplace) return false;
    const other = await state.get(key);
    if (other === undefined || !mayReplace(other)) return false;
    return (await state.replaceIfEqual(key, other, holder, ttl)) && this.#gained(asked);
  }

  /** For how long it is sure to be ours, known without asking the store: 0 when that is over. ms */
  get sureFor(): number {
    return Math.max(0, this.#heldUntil - performance.now());
  }

  /** Holds it for `ttl` more, or answers that it is lost. Rejects when the store is away: then nothing is known. */
  async renew(): Promise<boolean> {
    const { state, key, holder, ttl } = this.#options;
    const asked = performance.now();
    return (await state.extendIfEqual(key, holder, ttl)) && this.#gained(asked);
  }

  /**
   * Renews it three times in each `ttl` until it is given back, left or lost. Holds up no exit.
   *
   * @param onLost it is lost; called at most once
   */
  keep(onLost: () => void = () => {}): void {
    const renewing = async () => {
      const { signal } = this.#renewal;
      while (!signal.aborted) {
        await sleep(this.#options.ttl / 3, undefined, { signal, ref: false }).catch(() => undefined);
        if (signal.aborted) return;
        // A store that can't be reached says nothing: the next time will.
        if (await this.renew().catch(() => true)) continue;
        if (signal.aborted) return;
        this.leave();
        onLost();
      }
    };
    renewing().catch((thrown: unknown) => process.emitWarning(toError(thrown)));
  }

  /** Renews it no more, so that it runs out by itself. */
  leave(): void {
    this.#renewal.abort();
  }

  /** Gives it back; leaves it alone where it is another holder's by now. */
  async release(): Promise<void> {
    this.leave();
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    await this.#options.state.deleteIfEqual(this.#options.key, this.#options.holder);
  }

  #gained(asked: number): true {
    this.#heldUntil = asked + this.#options.ttl;
    return true;
  }
}
