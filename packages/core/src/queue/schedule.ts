/** What a schedule is made of: recurring work as data. */
import type { AnyQueueDefinition, DataInput } from './definition.js';

/** A point in time: a `Date`, epoch ms, or an ISO 8601 text with an offset (`2026-03-29T02:00:00+01:00`) or of a day. */
export type ScheduleTime = Date | number | string;

interface ScheduleOptions {
  /** Unique in the store, at most 256 characters. The same key again is the same schedule. */
  readonly key: string;
  /** IANA name of the zone that `cron` is read in, such as `Europe/Berlin`. Default `UTC`. */
  readonly timezone?: string;
  /**
   * Spreads the runs of many keys with one rhythm evenly over so many ms, each key at its own place in them, which it
   * keeps. At most `every`, or a day. Default 0.
   */
  readonly jitter?: number;
  /** No run before. An `every` counts from here; without it, from 1970-01-01T00:00Z. */
  readonly startAt?: ScheduleTime;
  /** No run from then on. */
  readonly endAt?: ScheduleTime;
  /**
   * What becomes of a run while the one before has not ended, its further attempts included: `skip` leaves it out,
   * `allow` runs both. Default `skip`.
   */
  readonly overlap?: 'skip' | 'allow';
  /**
   * What becomes of a run that comes too late, as nobody worked: `one` runs it once, however many were missed; `none`
   * waits for the next one. Too late is later than the next slot, or than an hour. Default `one`.
   */
  readonly catchUp?: 'none' | 'one';
  /** No runs until it is resumed. Default false. */
  readonly paused?: boolean;
  /** Of its jobs: see `JobOptions`. Not for a `fair` queue. */
  readonly priority?: number;
  /** To find it by. At most 20, without line breaks. */
  readonly tags?: readonly string[];
}

/** How often: either `every` so many ms (at least 1,000), or by a cron expression of five fields, or six with seconds. */
type ScheduleRhythm =
  | { readonly every: number; readonly cron?: undefined }
  | { readonly cron: string; readonly every?: undefined };

/** What a schedule without its queue is: what `defineProcessor({ schedules })` takes, whose queue is known. */
export type ScheduleOfQueue<Q extends AnyQueueDefinition> = ScheduleOptions &
  ScheduleRhythm & {
    /** Of each of its jobs. Checked by the queue's schema when the schedule is written. */
    readonly data: DataInput<Q>;
  };

/**
 * A schedule: what to run, how often, and how.
 *
 * @example
 * ```ts
 * const schedule: Schedule<typeof syncQueue> = {
 *   key: `sync:${integration.id}`,
 *   queue: syncQueue,
 *   data: { id: integration.id },
 *   every: 2 * 3_600_000,
 *   jitter: 2 * 3_600_000,
 * };
 * ```
 */
export type Schedule<
  Q extends AnyQueueDefinition = AnyQueueDefinition,
  Reference = Q | Q['name'],
> = ScheduleOfQueue<Q> & {
  /** By its definition or its name. */
  readonly queue: Reference;
};

/** A schedule of one of several queues. */
export type ScheduleOf<Q extends AnyQueueDefinition> = Q extends AnyQueueDefinition ? Schedule<Q> : never;

/** Many at once, or one after the other as they are read. */
export type Schedules<One> = Iterable<One> | AsyncIterable<One>;
