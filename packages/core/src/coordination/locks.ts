/** Locks that an attempt holds until it ends, and that a crash leaves to the job's next attempt. */
import type { StateStore } from '../engine/contract.js';
import { RetryAfterError } from '../errors.js';
import { checkName } from '../names.js';
import { Lease } from './lease.js';

/** A holder that has not said a word for this long is taken to be dead. ms */
const LOCK_TTL = 30_000;

/** Who holds a lock: `start` counts how often the job has been started, so that a later attempt knows an earlier one. */
export interface LockOwner {
  readonly queue: string;
  readonly id: string;
  readonly start: number;
}

/** The locks of one attempt. */
export class HeldLocks {
  readonly #state: StateStore;
  readonly #owner: LockOwner;
  readonly #holder: string;
  readonly #onLost: (error: Error) => void;
  readonly #ttl: number;
  readonly #leases = new Map<string, Lease>();
  #isOver = false;

  /** @param onLost a lock is somebody else's now: the attempt is to end */
  constructor(state: StateStore, owner: LockOwner, onLost: (error: Error) => void, ttl = LOCK_TTL) {
    this.#state = state;
    this.#owner = owner;
    this.#holder = JSON.stringify(owner);
    this.#onLost = onLost;
    this.#ttl = ttl;
  }

  /** @throws {RetryAfterError} when another job holds it; {@link ArgumentError} for what is no name */
  async take(name: string, retryAfter: number): Promise<void> {
    const key = LOCKS + checkName('The key of a lock', name);
    if (this.#leases.has(name)) return;
    const lease = new Lease({ state: this.#state, key, holder: this.#holder, ttl: this.#ttl });
    // What an attempt of the same job left behind when its worker died is taken over.
    if (!(await lease.take((holder) => this.#isEarlier(holder)))) {
      throw new RetryAfterError(
        retryAfter,
        `The lock "${name}" is held by another job: comes back in ${retryAfter} ms`,
      );
    }
    // The attempt has ended meanwhile.
    if (this.#isOver) return await lease.release();
    // Asked for twice at once: one of them keeps it.
    if (this.#leases.has(name)) return;
    this.#leases.set(name, lease);
    lease.keep(() => this.#lose(name));
  }

  #isEarlier(holder: string): boolean {
    const { queue, id, start }: Partial<LockOwner> = JSON.parse(holder);
    return queue === this.#owner.queue && id === this.#owner.id && Number(start) < this.#owner.start;
  }

  /** Whether all that are held are sure to be ours still, without asking the store. */
  get isSure(): boolean {
    return [...this.#leases.values()].every(({ sureFor }) => sureFor > 0);
  }

  /** Asks the store: the attempt hears of a lock that is gone. Rejects when the store is away. */
  async confirm(): Promise<void> {
    for (const [name, lease] of this.#leases) {
      if (!(await lease.renew())) this.#lose(name);
    }
  }

  #lose(name: string): void {
    this.leave();
    this.#onLost(new Error(`The lock "${name}" was lost: this worker was not heard of for too long`));
  }

  /** The attempt was ended from outside, and its processor may still be at work: the locks run out by themselves. */
  leave(): void {
    this.#isOver = true;
    for (const lease of this.#leases.values()) lease.leave();
  }

  /** Gives all of them back. */
  async release(): Promise<void> {
    this.#isOver = true;
    const leases = [...this.#leases.values()];
    this.#leases.clear();
    await Promise.all(leases.map((lease) => lease.release()));
  }
}

const LOCKS = 'lock:';
