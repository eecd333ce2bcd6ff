/**
 * The behaviour of the library, whatever engine is under it: one suite that every engine passes.
 *
 * A bug that is found on one engine becomes a case here, for all of them. What only one engine has (its addresses, its
 * connections that get lost) is tested beside that engine.
 */
import { describe } from 'vitest';
import { describeAdding } from './adding.js';
import { describeAttempts } from './attempts.js';
import { describeCache } from './cache.js';
import { describeCancelling } from './cancelling.js';
import { describeClosing } from './closing.js';
import { describeContents } from './contents.js';
import { describeContext } from './context.js';
import { describeDeduplication } from './deduplication.js';
import { describeEndedAttempts } from './ended-attempts.js';
import { describeExhaustion } from './exhaustion.js';
import { describeFairness } from './fairness.js';
import { describeHealth } from './health.js';
import { describeJobData } from './job-data.js';
import { describeJournal } from './journal.js';
import { describeLists } from './lists.js';
import { describeLocks } from './locks.js';
import { describeNames } from './names.js';
import { describeOperations } from './operations.js';
import { describeOrdering } from './ordering.js';
import { describeRateLimit } from './rate-limit.js';
import { describeReconciling } from './reconciling.js';
import { describeRedacting } from './redacting.js';
import { describeRetention } from './retention.js';
import { describeRetryAfter } from './retry-after.js';
import { describeScheduleJobs } from './schedule-jobs.js';
import { describeScheduleOnce } from './schedule-once.js';
import { describeSchedulePits } from './schedule-pits.js';
import { describeScheduleRecords } from './schedule-records.js';
import { describeScheduleRefusals } from './schedule-refusals.js';
import { describeScheduleRuns } from './schedule-runs.js';
import { describeSchedules } from './schedules.js';
import { describeShuttingDown } from './shutting-down.js';
import { describeSlots } from './slots.js';
import { describeStalled } from './stalled.js';
import { describeSteps } from './steps.js';
import { describeTenants } from './tenants.js';
import { type StoreUnderTest, type TestBed, useTestBed } from './test-bed.js';
import { describeTimeouts } from './timeouts.js';
import { describeVersions } from './versions.js';
import { describeWaiting } from './waiting.js';
import { describeWorker } from './worker.js';
import { describeWorking } from './working.js';

/** By subject; each registers its tests on the bed that it is given. */
const SUBJECTS: Readonly<Record<string, (bed: TestBed) => void>> = {
  'adding jobs': describeAdding,
  'data of jobs': describeJobData,
  names: describeNames,
  contents: describeContents,
  'the order of jobs': describeOrdering,
  deduplication: describeDeduplication,
  retention: describeRetention,
  attempts: describeAttempts,
  'rate limits': describeRateLimit,
  'job.takeSlot': describeSlots,
  'job.lock': describeLocks,
  'tenants of jobs': describeTenants,
  'fair queues': describeFairness,
  'operations on a queue': describeOperations,
  'lists of jobs': describeLists,
  timeouts: describeTimeouts,
  onExhausted: describeExhaustion,
  RetryAfterError: describeRetryAfter,
  'steps and cursors': describeSteps,
  'an attempt': describeEndedAttempts,
  'the worker': describeWorker,
  'stalled jobs': describeStalled,
  waitFor: describeWaiting,
  'versions of data': describeVersions,
  schedules: describeSchedules,
  'reconciling schedules': describeReconciling,
  'schedules that are refused': describeScheduleRefusals,
  'records of schedules': describeScheduleRecords,
  'runs of schedules': describeScheduleRuns,
  'jobs of schedules': describeScheduleJobs,
  'slots of schedules': describeScheduleOnce,
  'pits of schedules': describeSchedulePits,
  cancelling: describeCancelling,
  closing: describeClosing,
  workers: describeWorking,
  'the end of a worker': describeShuttingDown,
  'the context of a job': describeContext,
  redaction: describeRedacting,
  cache: describeCache,
  journal: describeJournal,
  health: describeHealth,
};

/**
 * Registers the suite for one engine.
 *
 * @param more subjects that only some engines have
 */
export function describeBehaviour(
  engine: string,
  openStore: () => Promise<StoreUnderTest>,
  more: Readonly<Record<string, (bed: TestBed) => void>> = {},
): void {
  describe(engine, () => {
    const bed = useTestBed(openStore);
    for (const [subject, register] of Object.entries({ ...SUBJECTS, ...more })) describe(subject, () => register(bed));
  });
}
