/**
 * The behaviour of the library, whatever engine is under it: one suite that every engine passes.
 *
 * A bug that is found on one engine becomes a case here, for all of them. What only one engine has (its addresses, its
 * connections that get lost) is tested beside that engine.
 */
import { describe } from 'vitest';
import { describeAdding } from './adding/adding.js';
import { describeDeduplication } from './adding/deduplication.js';
import { describeFairness } from './adding/fairness.js';
import { describeJobData } from './adding/job-data.js';
import { describeNames } from './adding/names.js';
import { describeOrdering } from './adding/ordering.js';
import { describeReuse } from './adding/reuse.js';
import { describeTenants } from './adding/tenants.js';
import { describeVersions } from './adding/versions.js';
import { describeAttempts } from './attempts/attempts.js';
import { describeCancelling } from './attempts/cancelling.js';
import { describeEndedAttempts } from './attempts/ended-attempts.js';
import { describeExhaustion } from './attempts/exhaustion.js';
import { describeFreeKeys } from './attempts/free-keys.js';
import { describeLocks } from './attempts/locks.js';
import { describeRateLimit } from './attempts/rate-limit.js';
import { describeRetryAfter } from './attempts/retry-after.js';
import { describeSlots } from './attempts/slots.js';
import { describeStalled } from './attempts/stalled.js';
import { describeSteps } from './attempts/steps.js';
import { describeTimeouts } from './attempts/timeouts.js';
import { describeContext } from './context.js';
import { describeCache } from './reading/cache.js';
import { describeContents } from './reading/contents.js';
import { describeHealth } from './reading/health.js';
import { describeJournal } from './reading/journal.js';
import { describeLists } from './reading/lists.js';
import { describeOperations } from './reading/operations.js';
import { describeRedacting } from './reading/redacting.js';
import { describeRetention } from './reading/retention.js';
import { describeWaiting } from './reading/waiting.js';
import { describeScheduleJobs } from './schedules/jobs.js';
import { describeScheduleOnce } from './schedules/once.js';
import { describeSchedulePits } from './schedules/pits.js';
import { describeReconciling } from './schedules/reconciling.js';
import { describeScheduleRecords } from './schedules/records.js';
import { describeScheduleRefusals } from './schedules/refusals.js';
import { describeScheduleRuns } from './schedules/runs.js';
import { describeSchedules } from './schedules/schedules.js';
import { type StoreUnderTest, type TestBed, useTestBed } from './test-bed.js';
import { describeClosing } from './worker/closing.js';
import { describeShuttingDown } from './worker/shutting-down.js';
import { describeWorker } from './worker/worker.js';
import { describeWorking } from './worker/working.js';

/** By subject; each registers its tests on the bed that it is given. */
const SUBJECTS: Readonly<Record<string, (bed: TestBed) => void>> = {
  'adding jobs': describeAdding,
  'data of jobs': describeJobData,
  names: describeNames,
  contents: describeContents,
  'the order of jobs': describeOrdering,
  deduplication: describeDeduplication,
  reuse: describeReuse,
  retention: describeRetention,
  attempts: describeAttempts,
  'rate limits': describeRateLimit,
  'jobs of free keys': describeFreeKeys,
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
