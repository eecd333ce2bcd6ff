/**
 * `@bizinsights/jobs-data-sync`: imports the records of accounts on platforms, as jobs.
 *
 * @packageDocumentation
 */
export type { PlatformBudgets } from './budget.js';
export type { KeptBackEvent } from './hooks.js';
export { type ImmediateSyncOptions, type SyncJobs, scheduleImmediateSync } from './immediate.js';
export type { Integration, IntegrationStatus, IntegrationStore, SyncOutcome, SyncRhythm } from './ports.js';
export {
  type AccessLostEvent,
  type DataSyncProcessorOptions,
  dataSyncProcessor,
  type SyncedEvent,
} from './processor.js';
export {
  type DataSyncJob,
  type DataSyncJobInput,
  type DataSyncQueue,
  type DataSyncResult,
  dataSyncQueue,
  type KeptBack,
  type StreamCounts,
  type StreamResult,
} from './queue.js';
export { checkRhythm } from './rhythm.js';
export { dataSyncSchedules, planSync, type SyncScheduler, syncScheduleKey } from './schedules.js';
export type { WebhookSender } from './synced-platforms.js';
