/**
 * `@bizinsights/jobs-core/define`: all that a queue's definition is made with, and nothing that runs it. It loads no
 * engine, no logger and no scheduler: for files that a web process or a test imports.
 *
 * @example
 * ```ts
 * import { defineQueue } from '@bizinsights/jobs-core/define';
 * import { z } from 'zod';
 *
 * export const thumbnailQueue = defineQueue({
 *   name: 'thumbnails',
 *   schema: z.object({ organizationId: z.string(), imageId: z.string(), width: z.number().int().positive() }),
 *   tenant: (data) => data.organizationId,
 * });
 * ```
 * @packageDocumentation
 */
export { type DayStretch, dayIn, dayStretches, isTimeZone } from './calendar.js';
export { type Defined, defined } from './defined.js';
export type { Backoff } from './engine/contract.js';
export * from './errors.js';
export {
  type AnyProcessorDefinition,
  type Cursor,
  defineProcessor,
  type ExhaustedJob,
  type JobContext,
  type JobTools,
  type LockOptions,
  type ProcessorDefinition,
  type ProcessorOptions,
  type Progress,
  type SlotLimitOptions,
} from './processor/definition.js';
export {
  type AnyQueueDefinition,
  type DataInput,
  type DataOutput,
  defineQueue,
  type MigratedJob,
  type Migration,
  type QueueDefinition,
  QueueName,
  type QueueOptions,
  type RateLimit,
  type ResultInput,
  type ResultOf,
} from './queue/definition.js';
export {
  DEFAULTS,
  type JobDefaults,
  type JobOptions,
  type Retention,
  type RetentionLimit,
} from './queue/job-options.js';
export { cronProblem, type RhythmShapeOptions, rhythmShape } from './queue/rhythm.js';
export type { Schedule, ScheduleOf, ScheduleOfQueue, Schedules, ScheduleTime } from './queue/schedule.js';
export { trimSecrets } from './secrets.js';
