/** A sliding window of starts, and of those that are kept for jobs at the front of the queue. */
import type { MemoryJob } from './job.js';

interface Start {
  readonly at: number;
  /** The job that it is kept for; undefined for one that has been made. */
  readonly keeper: MemoryJob | undefined;
}

export class StartWindow {
  /** By time. */
  #starts: Start[] = [];

  /** When the next start may be. */
  next(now: number, max: number, per: number): number {
    this.#starts = this.#starts.filter(({ at }) => at > now - per);
    const last = this.#starts[this.#starts.length - max];
    return last ? Math.max(now, last.at + per) : now;
  }

  /** Gives back the start that is kept for a job; false when there is none. */
  release(job: MemoryJob): boolean {
    const others = this.#starts.filter(({ keeper }) => keeper !== job);
    const isKept = others.length < this.#starts.length;
    this.#starts = others;
    return isKept;
  }

  /** @param keeper whom it is kept for, if it is not made now */
  add(at: number, keeper?: MemoryJob): void {
    this.#starts.push({ at, keeper });
  }
}
