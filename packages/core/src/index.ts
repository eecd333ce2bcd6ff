/**
 * `@bizinsights/jobs-core`: typed background jobs on BullMQ.
 *
 * @packageDocumentation
 */
export { abortable } from './abortable.js';
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
export type { Cache, LoadContext, RememberOptions } from './coordination/cache.js';
export { type CursorCodec, cursorCodec } from './coordination/cursor.js';
export type { Journal, JournalOptions, JournalPage, JournalStep } from './coordination/journal.js';
export * from './define.js';
export type { Engine, EngineHealth, QueueCounts } from './engine/contract.js';
export type { Acknowledge } from './engine/redis/acknowledge.js';
export type { Connection, RedisConnection } from './engine/resolve.js';
export type {
  JobAttempt,
  JobReference,
  JobsEventEmitter,
  JobsEvents,
  PluginEvents,
  QueueStats,
  WorkerStats,
} from './events.js';
export { type Closable, hotReloadable } from './hot-reload.js';
export { createJobs } from './jobs.js';
export type { CreateJobsOptions, Jobs, JobsHealth, StartWorkerOptions } from './jobs-instance.js';
export { createLogger, type Logger, type LogLevel, silentLogger } from './logger.js';
export type { AddedJob, CancelOutcome, JobPage, NewJobEntry, QueueHandle } from './queue/handle.js';
export type { JobCounts } from './queue/job-counts.js';
export type { JobState, JobView } from './queue/view.js';
export type { CheckResult } from './scheduler/check.js';
export {
  type CleanableJobs,
  type CleanUpContext,
  type CleanUpOptions,
  type CleanUpTask,
  cleanUpProcessor,
  cleanUpQueue,
} from './scheduler/clean-up.js';
export { processorSourceName } from './scheduler/processor-source.js';
export type { ReconcileResult, ScheduleSource } from './scheduler/reconcile.js';
export type { SchedulePage, ScheduleQuery, Scheduler } from './scheduler/scheduler.js';
export type { ScheduleView } from './scheduler/view.js';
export { DEFAULT_CONCURRENCY } from './worker/concurrency.js';
export type { WorkerHandle } from './worker/worker.js';
