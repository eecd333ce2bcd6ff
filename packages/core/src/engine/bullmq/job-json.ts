/** How a new job is written for BullMQ. */
import type { JobJson } from 'bullmq';
import { JobDataError } from '../../errors.js';
import type { NewJob } from '../contract.js';
import { depthProblem, TOO_DEEP } from '../json-depth.js';
import { sqlDataProblem } from '../postgres/contents.js';

/** A job as it goes to BullMQ's backend. */
export type WrittenJob = JobJson & { readonly id: string };

/**
 * What BullMQ's `Job.create` would make of it.
 *
 * @throws {JobDataError} when the data can't be stored
 */
export function writeJob(queue: string, { id, data, options }: NewJob, isSql: boolean): WrittenJob {
  const text = writeData(queue, data);
  const problem = depthProblem(text) ?? (isSql ? sqlDataProblem(text) : undefined);
  if (problem) throw unstorable(queue, problem);
  // Written out, and spread only where it must be: this is on the path of every job.
  const job: WrittenJob = {
    id,
    name: queue,
    data: text,
    opts: options,
    timestamp: Date.now(),
    progress: 0,
    attemptsMade: 0,
    attemptsStarted: 0,
    stalledCounter: 0,
    failedReason: '',
    returnvalue: 'null',
  };
  return options.deduplication ? { ...job, deduplicationId: options.deduplication.id } : job;
}

/** Whether a job waits from the start, in the order in which jobs are added, and no other one can take its place. */
export function waitsAtOnce({ opts: { delay, priority, deduplication } }: WrittenJob): boolean {
  return !delay && !priority && !deduplication;
}

function writeData(queue: string, data: unknown): string {
  try {
    return JSON.stringify(data) ?? '{}';
  } catch (error) {
    // A bigint, a circle, a `toJSON` that throws.
    const reason = error instanceof Error ? error.message : String(error);
    throw unstorable(queue, error instanceof RangeError ? TOO_DEEP : reason, error);
  }
}

function unstorable(queue: string, reason: string, cause?: unknown): JobDataError {
  return new JobDataError(`Data for queue "${queue}" can't be stored: ${reason}`, [], { cause });
}
