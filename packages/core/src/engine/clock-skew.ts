/**
 * How far the clock of this process is from that of its store, and workers that are too far off.
 *
 * Delays, schedules and the times on jobs are written and read by the clocks of all processes: a worker whose clock is
 * 45 s ahead begins a delayed job 45 s early. So a worker asks the store for its time before it takes the first job, and
 * then regularly: clocks are set, machines are put to sleep.
 */
import { ClockSkewError } from '../errors.js';
import type { EngineHealth } from './contract.js';

/** Bounds of the difference, ms. */
const LIMITS = {
  /** `health()` warns: a clock that is kept by NTP is some ms off. */
  warning: 1_000,
  /** A worker takes no jobs: what is delayed or scheduled would be early or late by more than a person puts up with. */
  worker: 5_000,
} as const;

/**
 * What a worker may be off by at most, as a part of `lockDuration`. BullMQ renews a lock by its own clock, half of
 * `lockDuration` after a start that the server's clock has written: up to three quarters are over by then.
 */
const PART_OF_LOCK = 1 / 4;

/** Times between two looks. ms */
const LOOKS = {
  /** At our own clock, against one that nobody can set. */
  jump: 1_000,
  /** At the store's clock: also while the clocks are apart, every `jump`. */
  store: 30_000,
} as const;

/** By which our clock jumps when it is set, and not just slowed down. ms */
const JUMP = 250;

/** A reading that took longer is taken again, so many times. ms */
const SLOW_READING = 200;
const MAX_READINGS = 3;

/** Ends a guard's wait for the store. An `AbortController` each would be a part of the time that many queues take to stop. */
interface Closing {
  isClosed: boolean;
  wake: () => void;
}

/** The difference at one moment. */
export interface ClockReading {
  /** Our clock minus the store's. ms */
  readonly skew: number;
  /** How far the skew may be from the truth: the answer was on its way. ms */
  readonly uncertainty: number;
}

/** What a guarded worker does when its clock goes wrong and is right again. */
export interface GuardedWorker {
  /** ms */
  readonly lockDuration: number;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Is told why it has been paused. */
  onError(error: Error): void;
}

/** A worker under guard. */
export interface ClockGuard {
  /**
   * Resolves when the worker may take jobs, or has been closed. Waits for the store.
   *
   * @throws {ClockSkewError}
   */
  readonly ready: Promise<void>;
  /** Whether our clock has been set since the store was last asked: what is due cannot be told then. */
  hasJumped(): boolean;
  /** Asks the store, and pauses or resumes the workers. Whether the clock is known after that: the store may be away. */
  confirm(): Promise<boolean>;
  close(): void;
}

interface Guarded extends GuardedWorker {
  readonly limit: number;
  isPaused: boolean;
}

export interface StoreClockOptions {
  readonly address: string;
  /** Asks the store for its time, epoch ms. */
  readonly read: () => Promise<number>;
}

/** The clock of one store. */
export class StoreClock {
  readonly #options: StoreClockOptions;
  readonly #guarded = new Set<Guarded>();
  #timer: NodeJS.Timeout | undefined;
  #difference = 0;
  #readAt = 0;
  #reading: Promise<void> | undefined;
  /** Of the workers that are being started. */
  #admission: Promise<ClockReading> | undefined;

  constructor(options: StoreClockOptions) {
    this.#options = options;
  }

  /** The skew now. Takes a slow reading again, and gives the quickest one. */
  async read(): Promise<ClockReading> {
    let best: ClockReading | undefined;
    for (let tries = 0; tries < MAX_READINGS; tries++) {
      const reading = await this.#readOnce();
      if (!best || reading.uncertainty < best.uncertainty) best = reading;
      if (2 * best.uncertainty < SLOW_READING) break;
    }
    return best ?? { skew: 0, uncertainty: Number.POSITIVE_INFINITY };
  }

  /** Adds the skew to what is known of the store. */
  async addTo(health: EngineHealth): Promise<EngineHealth> {
    const { skew, uncertainty } = await this.read();
    const warnings =
      Math.abs(skew) - uncertainty > LIMITS.warning
        ? [...health.warnings, `${describe(skew, this.#options.address)}. Set the clock of the wrong machine (NTP).`]
        : health.warnings;
    return { ...health, warnings, clockSkew: skew };
  }

  /** Keeps a worker from its jobs for as long as its clock is wrong. */
  guard(worker: GuardedWorker): ClockGuard {
    const limit = Math.min(LIMITS.worker, worker.lockDuration * PART_OF_LOCK);
    const guarded: Guarded = { ...worker, limit, isPaused: false };
    const closing: Closing = { isClosed: false, wake: () => {} };
    return {
      ready: this.#admit(guarded, closing),
      hasJumped: () => this.#hasJumped(),
      confirm: () => this.#confirm(),
      close: () => {
        closing.isClosed = true;
        closing.wake();
        this.#guarded.delete(guarded);
        if (this.#guarded.size > 0) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  async #admit(worker: Guarded, closing: Closing): Promise<void> {
    const reading = await this.#untilRead(closing);
    if (!reading || closing.isClosed) return;
    if (isBeyond(reading, worker.limit)) throw this.#error(reading, worker, 'It takes no jobs.');
    this.#guarded.add(worker);
    this.#difference = clockDifference();
    this.#readAt = performance.now();
    this.#timer ??= setInterval(() => this.#look(), LOOKS.jump).unref();
  }

  async #untilRead(closing: Closing): Promise<ClockReading | undefined> {
    while (!closing.isClosed) {
      try {
        // Many workers are started together: one reading is enough for them.
        this.#admission ??= this.read().finally(() => {
          this.#admission = undefined;
        });
        return await this.#admission;
      } catch {
        // The store is away, which the worker says itself.
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOKS.jump);
          closing.wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
    return undefined;
  }

  #hasJumped(): boolean {
    return Math.abs(clockDifference() - this.#difference) > JUMP;
  }

  async #confirm(): Promise<boolean> {
    // A check that is under way may have read the clock before it was set.
    for (let tries = 0; tries < 2 && this.#hasJumped(); tries++) await this.#checkOnce();
    return !this.#hasJumped();
  }

  #look(): void {
    const hasJumped = this.#hasJumped();
    // What is slowed down by little is no jump.
    if (!hasJumped) this.#difference = clockDifference();
    const isDue = performance.now() - this.#readAt >= LOOKS.store;
    const isWrong = [...this.#guarded].some(({ isPaused }) => isPaused);
    if (hasJumped || isDue || isWrong) void this.#checkOnce();
  }

  #checkOnce(): Promise<void> {
    this.#reading ??= this.#check().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #check(): Promise<void> {
    this.#readAt = performance.now();
    const difference = clockDifference();
    // A store that is away has no time: the next look comes soon.
    const reading = await this.read().catch(() => undefined);
    if (!reading) return;
    this.#difference = difference;
    for (const worker of this.#guarded) {
      const isWrong = isBeyond(reading, worker.limit);
      if (isWrong === worker.isPaused) continue;
      worker.isPaused = isWrong;
      if (isWrong) worker.onError(this.#error(reading, worker, 'It takes no jobs until the clock is right again.'));
      await (isWrong ? worker.pause() : worker.resume()).catch(worker.onError);
    }
  }

  #error({ skew }: ClockReading, { limit }: Guarded, consequence: string): ClockSkewError {
    const { address } = this.#options;
    const here = Date.now();
    return new ClockSkewError(
      `${describe(skew, address)}: it is ${toText(here)} here and ${toText(here - skew)} there. A worker may be off by ` +
        `${limit} ms at most, as delays and schedules go by the clock. ${consequence} Set the clock of the wrong machine (NTP)`,
    );
  }

  async #readOnce(): Promise<ClockReading> {
    const here = Date.now();
    const start = performance.now();
    const there = await this.#options.read();
    const way = performance.now() - start;
    // Both clocks are read in whole ms.
    return { skew: Math.round(here + way / 2 - there), uncertainty: way / 2 + 1 };
  }
}

function isBeyond({ skew, uncertainty }: ClockReading, limit: number): boolean {
  return Math.abs(skew) - uncertainty > limit;
}

/** Between the clock that can be set and the one that cannot. */
function clockDifference(): number {
  return Date.now() - performance.now();
}

function describe(skew: number, address: string): string {
  return `The clock of this machine is ${Math.abs(skew)} ms ${skew > 0 ? 'ahead of' : 'behind'} that of the job store at ${address}`;
}

function toText(time: number): string {
  return new Date(time).toISOString();
}
