/** The work that both sides do: same data, same options, same result. */

export const QUEUE = 'thumbnails';

/** How many `add` are under way at once. */
export const IN_FLIGHT = 500;
/** How many jobs one `addMany` or `addBulk` takes. */
export const BATCH = 1_000;
export const CONCURRENCY = 50;
/** How often each schedule runs. ms */
export const RHYTHM = 2 * 3_600_000;

/** A rate limit that is reached: so many starts in each window of `per` ms, for all jobs of one format. */
export const LIMIT = { max: 100, per: 1_000 } as const;

/** A rate limit of each of many keys that is reached: in all as many starts a second as with {@link LIMIT}. */
export const LIMITS = { keys: 600, max: 1, per: 6_000 } as const;

/**
 * A rate limit that is not reached, also where most jobs at the front are of one key, and one that is so high that no claim on
 * PostgreSQL looks for other keys.
 */
export const FAR = { first: 2_000, keys: 400, max: 1_000, farther: 1_000_000, per: 100 } as const;

/** What the library gives every job by default, in BullMQ's words, so that both sides store the same. Ages in seconds. */
export const OPTIONS = { attempts: 3, backoff: { type: 'exponential', delay: 2_000 } };
export const RETENTION = {
  removeOnComplete: { age: 24 * 3_600, count: 1_000 },
  removeOnFail: { age: 7 * 24 * 3_600 },
};

export interface ThumbnailData {
  readonly organizationId: string;
  readonly imageId: string;
  readonly width: number;
  readonly format: 'webp' | 'jpeg';
}

/** A new object each time, as in an application. */
export function dataOf(index: number): ThumbnailData {
  return { organizationId: `organization-${index % 50}`, imageId: `image-${index}`, width: 320, format: 'webp' };
}

/** As little as possible: what is measured is the way to the processor and back. */
export function resultOf({ width }: { width: number }): { bytes: number } {
  return { bytes: width * 2 };
}
