/**
 * `@bizinsights/jobs-core`: typed background jobs on BullMQ.
 *
 * @packageDocumentation
 */
export type { Cache, LoadContext, RememberOptions } from './cache/cache.js';
export { type DayStretch, dayIn, dayStretches, isTimeZone } from './calendar.js';
export {
  type Config,
  type ConfigOf,
  defineEnvironment,
  ENVIRONMENT,
  type EnvironmentTable,
  type EnvironmentVariable,
  readConfig,
  type VariableState,
  type Variables,
} from './config.js';
export { type Defined, defined } from './defined.js';
export type { Backoff, Engine, EngineHealth, QueueCounts } from './engine/contract.js';
export type { Acknowledge } from './engine/redis/acknowledge.js';
export type { Connection, RedisConnection } from './engine/resolve.js';
export * from './errors.js';
export type {
  JobAttempt,
  JobReference,
  JobsEventEmitter,
  JobsEvents,
  PluginEvents,
  QueueStats,
  WorkerStats,
} from './events.js';
export { createJobs } from './jobs.js';
export type { CreateJobsOptions, Jobs, JobsHealth, StartWorkerOptions } from './jobs-instance.js';
export type { Journal, JournalOptions, JournalPage, JournalStep } from './journal/journal.js';
export { createLogger, type Logger, type LogLevel, silentLogger } from './logger.js';
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
  type QueueDefinition,
  QueueName,
  type QueueOptions,
  type RateLimit,
  type ResultInput,
  type ResultOf,
} from './queue/definition.js';
export type { AddedJob, CancelOutcome, JobPage, NewJobEntry, QueueHandle } from './queue/handle.js';
export {
  DEFAULTS,
  type JobDefaults,
  type JobOptions,
  type Retention,
  type RetentionLimit,
} from './queue/job-options.js';
export { cronProblem, type RhythmShapeOptions, rhythmShape } from './queue/rhythm.js';
export type { Schedule, ScheduleOf, ScheduleOfQueue, Schedules, ScheduleTime } from './queue/schedule.js';
export type { JobState, JobView } from './queue/view.js';
export type { CheckResult } from './scheduler/check.js';
export {
  type CleanableJobs,
  type CleanUpOptions,
  type CleanUpTask,
  cleanUpProcessor,
  cleanUpQueue,
} from './scheduler/clean-up.js';
export type { ReconcileResult, ScheduleSource } from './scheduler/reconcile.js';
export type { SchedulePage, ScheduleQuery, Scheduler } from './scheduler/scheduler.js';
export type { ScheduleView } from './scheduler/view.js';
export { trimSecrets } from './secrets.js';
export { DEFAULT_CONCURRENCY } from './worker/concurrency.js';
export type { WorkerHandle } from './worker/worker.js';
