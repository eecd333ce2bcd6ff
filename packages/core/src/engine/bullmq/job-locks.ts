/**
 * The locks of the jobs that a worker runs: renewed while they are held, and what is known of each at any moment.
 *
 * In the place of BullMQ's own renewal, which stops before the end of a job is written, knows two attempts of one job in
 * one worker as one, and does not tell until when a lock is sure to live.
 */
import type { AttemptRef } from './attempt-store.js';

/** What the locks of a worker need. */
export interface JobLocksOptions {
  /** ms */
  readonly duration: number;
  /** Asks the store, and answers the ids whose locks are gone or somebody else's. */
  readonly renew: (ids: string[], tokens: string[]) => Promise<string[]>;
  /** They are gone or somebody else's: their attempts are over. */
  readonly onLost: (locks: HeldLock[]) => void;
  /** A renewal that had no answer: the next one follows, and the locks may still live. */
  readonly onError: (error: unknown) => void;
}

/** One attempt's lock. */
export interface HeldLock {
  readonly attempt: AttemptRef;
  readonly token: string;
  /** How many attempts of the job had been used up before this one. */
  readonly attemptsMade: number;
  /** The end of the attempt is being written: the lock goes with it, and that is no loss. */
  isEnding: boolean;
  readonly isLost: boolean;
  /** Whether the lock is sure to live, without asking the store. */
  readonly isSure: boolean;
  /** Asks the store, and answers whether the lock is ours. */
  confirm(): Promise<boolean>;
  release(): void;
}

/**
 * Looks for locks to renew in the life of one. A lock is renewed by the second look after its last renewal, so that at any
 * moment three quarters of its life are left: for so long the event loop may be blocked.
 */
const LOOKS = 8;

export class JobLocks {
  readonly #options: JobLocksOptions;
  /** By the ids of their jobs. More than one where a job that was lost has been taken again. */
  readonly #held = new Map<string, Lock[]>();
  readonly #timer: NodeJS.Timeout;
  #isRenewing = false;
  isClosed = false;

  constructor(options: JobLocksOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#renewDue(), Math.max(1, options.duration / LOOKS));
  }

  /** @param age how long ago the lock was taken, at most, ms */
  hold(attempt: AttemptRef, token: string, attemptsMade: number, age: number): HeldLock {
    const earlier = this.#held.get(attempt.id);
    // This worker has taken a job again whose lock it had lost, and had not heard of that yet.
    if (earlier) this.lose(earlier);
    const lock = new Lock(this, this.#options, attempt, token, attemptsMade, age);
    this.#held.set(attempt.id, earlier ? [...earlier, lock] : [lock]);
    return lock;
  }

  find(id: string, token: string | undefined): HeldLock | undefined {
    const locks = this.#held.get(id);
    return locks?.length === 1 && locks[0]?.token === token ? locks[0] : locks?.find((lock) => lock.token === token);
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.#timer);
  }

  release(lock: Lock): void {
    const { id } = lock.attempt;
    const locks = this.#held.get(id);
    if (locks?.length === 1 && locks[0] === lock) this.#held.delete(id);
    else if (locks)
      this.#held.set(
        id,
        locks.filter((other) => other !== lock),
      );
  }

  lose(locks: readonly Lock[]): void {
    const lost = locks.filter((lock) => !lock.isLost && !lock.isEnding && this.#isHeld(lock));
    for (const lock of lost) lock.isLost = true;
    if (lost.length > 0) this.#options.onLost(lost);
  }

  /** It may have been given back while the store was asked. */
  #isHeld(lock: Lock): boolean {
    return this.#held.get(lock.attempt.id)?.includes(lock) ?? false;
  }

  async #renewDue(): Promise<void> {
    if (this.#isRenewing) return;
    const { duration, renew, onError } = this.#options;
    const sent = performance.now();
    const due = [...this.#held.values()]
      .flat()
      .filter((lock) => !lock.isLost && lock.renewedAt <= sent - duration / LOOKS);
    if (due.length === 0) return;
    this.#isRenewing = true;
    try {
      const gone = new Set(
        await renew(
          due.map(({ attempt }) => attempt.id),
          due.map(({ token }) => token),
        ),
      );
      for (const lock of due) if (!gone.has(lock.attempt.id)) lock.renewedAt = Math.max(lock.renewedAt, sent);
      this.lose(due.filter(({ attempt }) => gone.has(attempt.id)));
    } catch (error) {
      if (!this.isClosed) onError(error);
    } finally {
      this.#isRenewing = false;
    }
  }
}

class Lock implements HeldLock {
  isEnding = false;
  isLost = false;
  /** By the monotonic clock: when the renewal was sent that the store has confirmed. */
  renewedAt: number;
  readonly #locks: JobLocks;
  readonly #options: JobLocksOptions;

  constructor(
    locks: JobLocks,
    options: JobLocksOptions,
    readonly attempt: AttemptRef,
    readonly token: string,
    readonly attemptsMade: number,
    age: number,
  ) {
    this.#locks = locks;
    this.#options = options;
    this.renewedAt = performance.now() - age;
  }

  get isSure(): boolean {
    return !this.isLost && performance.now() < this.renewedAt + this.#options.duration;
  }

  async confirm(): Promise<boolean> {
    if (this.isLost) return false;
    const sent = performance.now();
    const gone = await this.#options.renew([this.attempt.id], [this.token]);
    if (gone.length > 0) this.#locks.lose([this]);
    else this.renewedAt = Math.max(this.renewedAt, sent);
    return !this.isLost && gone.length === 0;
  }

  release(): void {
    this.#locks.release(this);
  }
}
