/** What a side of a comparison can do. The tasks are the same code for all sides; only this differs. */
import type { ThumbnailData } from './workload.js';

/** How a side is set up; all know `basic`, and the library all but the last two, which are groupmq's. */
export type Variant =
  | 'basic'
  | 'fair'
  | 'rate-limited'
  | 'limit-reached'
  | 'limits-reached'
  | 'limit-far'
  | 'limit-farther'
  | 'step'
  | 'own-groups'
  | 'auto-batch';

/** The library, plain BullMQ, or a peer. */
export type SideName = 'jobs' | 'plain' | 'bee-queue' | 'groupmq' | 'pg-boss' | 'graphile-worker';

export interface SideOptions {
  readonly name: SideName;
  readonly variant: Variant;
  readonly url: string;
}

/** What becomes known of running jobs. */
export interface Watcher {
  started(data: ThumbnailData): void;
  completed(): void;
  failed(error: Error): void;
}

/** When schedules are due: for the first time, epoch ms, and every so many ms. */
export interface Due {
  readonly first: number;
  readonly every: number;
}

export interface Side {
  add(index: number): Promise<unknown>;
  addMany(start: number, count: number): Promise<unknown>;
  /** Takes jobs until the answered function is called. Plain BullMQ takes the limit too, which is one for all jobs. */
  work(concurrency: number, watcher: Watcher, limit?: { max: number; per: number }): Promise<() => Promise<void>>;
  /** Adds a job of a key whose limit is not reached. Absent where all jobs share one limit. */
  addFree?(): Promise<unknown>;
  /**
   * Writes so many schedules, every two hours each, or all due at the same moments; the plain side with `inFlight` under way
   * at once. No peer has it.
   */
  schedule?(count: number, inFlight: number, due?: Due): Promise<void>;
  /** How many schedules have a next run. */
  scheduled?(): Promise<number>;
  counts(): Promise<{ readonly waiting: number; readonly active: number; readonly failed: number }>;
  /** Removes every job: for stores that the orchestrator can't simply flush. */
  clean(): Promise<void>;
  close(): Promise<void>;
}

/** What the orchestrator asks a side to do. */
export type Task =
  | { readonly kind: 'add'; readonly jobs: number; readonly inFlight: number }
  | { readonly kind: 'add-many'; readonly jobs: number; readonly batch: number }
  | { readonly kind: 'process'; readonly jobs: number; readonly concurrency: number }
  /** Runs what waits already, or is due soon. */
  | { readonly kind: 'drain'; readonly jobs: number; readonly concurrency: number }
  | { readonly kind: 'pick-up'; readonly jobs: number }
  /** Jobs that wait already are started as the limit allows, for so long. */
  | { readonly kind: 'limit'; readonly concurrency: number; readonly ms: number }
  | {
      readonly kind: 'memory';
      /** After how many jobs in all to look. */
      readonly checkpoints: readonly number[];
      readonly inFlight: number;
      readonly concurrency: number;
    }
  /** `isKnown`: they are there already, and nothing of them has changed. */
  | { readonly kind: 'schedule'; readonly jobs: number; readonly inFlight: number; readonly isKnown: boolean }
  /** Schedules that are all due at one moment, soon, and once more after that. */
  | { readonly kind: 'schedule-due'; readonly jobs: number; readonly inFlight: number }
  /** Schedules written and looked at again, with the heap at its largest meanwhile. */
  | { readonly kind: 'schedule-memory'; readonly checkpoints: readonly number[] }
  | { readonly kind: 'clean' };

/** How it went. Times in ms, sizes in bytes; what a task does not measure is left out. */
export interface Sample {
  readonly jobs: number;
  readonly ms: number;
  /** Processor time of the Node process in ms: less moved by other programs than `ms`. */
  readonly cpu: number;
  readonly latencies?: readonly number[];
  /** When each job was started, in order. */
  readonly starts?: readonly number[];
  readonly heap?: number;
  readonly resident?: number;
}

/** Messages between the orchestrator and the process of a side. */
export type Answer =
  | { readonly ready: true }
  | { readonly checkpoint: Sample }
  | { readonly sample: Sample }
  | { readonly problem: string };
