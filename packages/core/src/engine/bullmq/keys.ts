/**
 * What BullMQ keeps on Redis beside a queue's jobs. A job is kept at `prefix:queue:id`, so a job with one of these ids
 * would be written over them. Refused on every engine, so that a host can move from one to another.
 *
 * Source: BullMQ's `QueueKeys` and its Lua scripts; `bullmq-keys.test.ts` compares this table with the installed version.
 */
export const BULLMQ_KEYS: ReadonlySet<string> = new Set([
  // Lists and sets of jobs
  'active',
  'wait',
  'waiting-children',
  'paused',
  'delayed',
  // A slip of its obliterate, which deletes this key
  'delay',
  'prioritized',
  'priority',
  'completed',
  'failed',
  'stalled',
  'stalled-check',
  // Counters, settings, events
  'id',
  'pc',
  'meta',
  'events',
  'marker',
  'limiter',
  // The first parts of longer keys: a job `de` would have its lock where the deduplication key `lock` is kept
  'de',
  'dn',
  'repeat',
  'metrics',
]);

/**
 * On Redis a job is kept under a key that ends in its id. An id may name something else there, which BullMQ needs for the
 * queue or keeps beside a job (`7:logs`): that is no job, and Redis says so.
 */
export function canNameOther(id: string): boolean {
  return id.includes(':') || BULLMQ_KEYS.has(id);
}
