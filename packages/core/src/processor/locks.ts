/** Locks that an attempt holds until it ends, and that a crash leaves to the job's next attempt. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StateStore } from '../engine/contract.js';
import { RetryAfterError, toError } from '../errors.js';
import { checkName } from '../names.js';

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
  readonly #value: string;
  readonly #onLost: (error: Error) => void;
  readonly #ttl: number;
  readonly #held = new Set<string>();
  readonly #stop = new AbortController();
  /** By the monotonic clock: all that are held are ours until `ttl` ms later at least. */
  #renewedAt = 0;

  /** @param onLost a lock is somebody else's now: the attempt is to end */
  constructor(state: StateStore, owner: LockOwner, onLost: (error: Error) => void, ttl = LOCK_TTL) {
    this.#state = state;
    this.#owner = owner;
    this.#value = JSON.stringify(owner);
    this.#onLost = onLost;
    this.#ttl = ttl;
  }

  /** @throws {RetryAfterError} when another job holds it; {@link ArgumentError} for what is no name */
  async take(name: string, retryAfter: number): Promise<void> {
    const key = LOCKS + checkName('The key of a lock', name);
    if (this.#held.has(key)) return;
    const asked = performance.now();
    if (!(await this.#take(key))) {
      throw new RetryAfterError(
        retryAfter,
        `The lock "${name}" is held by another job: comes back in ${retryAfter} ms`,
      );
    }
    if (this.#stop.signal.aborted) {
      // The attempt has ended meanwhile.
      await this.#state.deleteIfEqual(key, this.#value);
      return;
    }
    if (this.#held.size === 0) this.#renewedAt = asked;
    this.#held.add(key);
    if (this.#held.size === 1) this.#renew().catch((error: unknown) => this.#onLost(toError(error)));
  }

  async #take(key: string): Promise<boolean> {
    if (await this.#state.setIfAbsent(key, this.#value, this.#ttl)) return true;
    const holder = await this.#state.get(key);
    // Ours: the answer was lost on the way.
    if (holder === this.#value) return true;
    // What an attempt of the same job left behind when its worker died.
    if (holder === undefined || !this.#isEarlier(holder)) return false;
    await this.#state.deleteIfEqual(key, holder);
    return await this.#state.setIfAbsent(key, this.#value, this.#ttl);
  }

  #isEarlier(holder: string): boolean {
    const { queue, id, start }: Partial<LockOwner> = JSON.parse(holder);
    return queue === this.#owner.queue && id === this.#owner.id && Number(start) < this.#owner.start;
  }

  /** Whether all that are held are sure to be ours still, without asking the store. */
  get isSure(): boolean {
    return this.#held.size === 0 || performance.now() < this.#renewedAt + this.#ttl;
  }

  /** Asks the store: the attempt hears of a lock that is gone. Rejects when the store is away. */
  async confirm(): Promise<void> {
    const sent = performance.now();
    for (const key of this.#held) {
      if (await this.#state.extendIfEqual(key, this.#value, this.#ttl)) continue;
      this.#stop.abort();
      this.#onLost(
        new Error(`The lock "${key.slice(LOCKS.length)}" was lost: this worker was not heard of for too long`),
      );
    }
    this.#renewedAt = sent;
  }

  async #renew(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // It may miss two times. `ref: false`: holds up no exit.
      await sleep(this.#ttl / 3, undefined, { signal, ref: false }).catch(() => undefined);
      // A store that can't be reached says nothing: the next time will.
      if (!signal.aborted) await this.confirm().catch(() => undefined);
    }
  }

  /** The attempt was ended from outside, and its processor may still be at work: the locks run out by themselves. */
  leave(): void {
    this.#stop.abort();
  }

  /** Gives all of them back. */
  async release(): Promise<void> {
    this.#stop.abort();
    const keys = [...this.#held];
    this.#held.clear();
    await Promise.all(keys.map((key) => this.#state.deleteIfEqual(key, this.#value)));
  }
}

const LOCKS = 'lock:';
