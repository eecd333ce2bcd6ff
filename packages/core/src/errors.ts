/**
 * Every error that the library throws, each with a stable `code`.
 *
 * The monitoring API answers with the same codes. A processor throws three of them on purpose:
 * {@link PermanentError}, {@link RetryAfterError} and, through its `signal`, {@link JobCancelledError}.
 */

import { inspect, types } from 'node:util';
import type { $ZodIssue } from 'zod/v4/core';
import { defined } from './defined.js';

/** The stable codes, one for each class below. */
export const ERROR_CODES = {
  JobDataError: 'JOB_DATA_INVALID',
  JobResultError: 'JOB_RESULT_INVALID',
  JobTimeoutError: 'JOB_TIMEOUT',
  JobCancelledError: 'JOB_CANCELLED',
  JobLockLostError: 'JOB_LOCK_LOST',
  WorkerDiedError: 'JOB_WORKER_DIED',
  AttemptOverError: 'JOB_ATTEMPT_OVER',
  PermanentError: 'JOB_PERMANENT',
  RetryAfterError: 'JOB_RETRY_AFTER',
  JobFailedError: 'JOB_FAILED',
  WaitTimeoutError: 'WAIT_TIMEOUT',
  JobNotFoundError: 'JOB_NOT_FOUND',
  JobConflictError: 'JOB_CONFLICT',
  NotFoundError: 'NOT_FOUND',
  ConflictError: 'CONFLICT',
  UnknownQueueError: 'QUEUE_UNKNOWN',
  QueueDefinitionError: 'QUEUE_INVALID',
  ProcessorDefinitionError: 'PROCESSOR_INVALID',
  JobOptionsError: 'JOB_OPTIONS_INVALID',
  ArgumentError: 'ARGUMENT_INVALID',
  ScheduleError: 'SCHEDULE_INVALID',
  ScheduleNotFoundError: 'SCHEDULE_NOT_FOUND',
  EngineUnavailableError: 'ENGINE_UNAVAILABLE',
  EngineError: 'ENGINE_FAILED',
  QueueDamagedError: 'QUEUE_DAMAGED',
  EmbeddedLockedError: 'EMBEDDED_LOCKED',
  ClockSkewError: 'CLOCK_SKEW',
  ConfigError: 'CONFIG_INVALID',
} as const;

/** One of the stable error codes. */
export type ErrorCode = (typeof ERROR_CODES)[keyof typeof ERROR_CODES];

/** One problem in a value: where it is (`['to', 0]`) and what is wrong. Never holds the value itself. */
export interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** zod's name of the problem, such as `invalid_type`. */
  readonly code?: string;
}

/** The root of all errors of the library. */
export abstract class JobsError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A registered symbol, so that an error of the CommonJS build is known by the ES module, which has classes of its own. */
const OURS = Symbol.for('@bizinsights/jobs-core/error');
Object.defineProperty(JobsError.prototype, OURS, { value: true });

/** Whether it is an error of the library, also one that another copy of it has thrown, as where ESM and CommonJS meet. */
export function isJobsError(error: unknown): error is JobsError {
  return error instanceof Error && OURS in error;
}

/** Problems that a message lists: thousands of bad entries in one call would hide the log behind them. */
const SHOWN_ISSUES = 20;

/** An error that lists problems by path. */
abstract class IssuesError extends JobsError {
  readonly issues: readonly Issue[];

  constructor(message: string, issues: readonly Issue[], options?: ErrorOptions) {
    const shown = issues
      .slice(0, SHOWN_ISSUES)
      .map(({ path, message: problem }) => `\n  - ${formatPath(path)}: ${problem}`);
    const rest = issues.length > SHOWN_ISSUES ? `\n  … and ${issues.length - SHOWN_ISSUES} more, in \`issues\`` : '';
    super(`${message}${shown.join('')}${rest}`, options);
    this.issues = issues;
  }
}

/** A path as a reader writes it: `attachments[0].filename`, or `(root)`. */
export function formatPath(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text.replace(/^\./, '') || '(root)';
}

/**
 * zod's issues without the values that they may carry, so that they can be logged and answered. Of a union that nothing
 * fits, the issues of the option that came nearest: "Invalid input" alone would help nobody.
 */
export function toIssues(issues: readonly $ZodIssue[]): Issue[] {
  return issues.flatMap((issue) => {
    const nearest = issue.code === 'invalid_union' ? nearestOption(issue.errors) : undefined;
    if (nearest) return toIssues(nearest).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
    const { path, message, code } = issue;
    return [{ path, message, ...defined({ code }) }];
  });
}

/** The option whose problems lie deepest; of several, the one with the fewest. Undefined where options are told apart by a key. */
function nearestOption(options: readonly (readonly $ZodIssue[])[]): readonly $ZodIssue[] | undefined {
  const depth = (issues: readonly $ZodIssue[]) => Math.max(...issues.map(({ path }) => path.length));
  const [nearest] = options
    .filter((issues) => issues.length > 0)
    .sort((a, b) => depth(b) - depth(a) || a.length - b.length);
  return nearest;
}

/** The data of a job does not fit the schema of its queue. Nothing was enqueued, or the job fails for good. */
export class JobDataError extends IssuesError {
  readonly code = ERROR_CODES.JobDataError;
}

/** A processor returned something that the `result` schema of its queue refuses. */
export class JobResultError extends IssuesError {
  readonly code = ERROR_CODES.JobResultError;
}

/** An attempt ran longer than its `timeout`. It is retried like any other failure. */
export class JobTimeoutError extends JobsError {
  readonly code = ERROR_CODES.JobTimeoutError;
}

/** A job was cancelled. It is not attempted again. */
export class JobCancelledError extends JobsError {
  readonly code = ERROR_CODES.JobCancelledError;
}

/**
 * The attempt has lost its job: another worker has it, or it is gone. The reason of `signal`, and what `step` and the
 * other methods of a job reject with from then on. It comes when the process stood still, or was cut off from the store,
 * for longer than `lockDuration`. The attempt is not counted, and what it returns or throws is dropped: the job's next
 * attempt goes on with what has been saved.
 */
export class JobLockLostError extends JobsError {
  readonly code = ERROR_CODES.JobLockLostError;
}

/** The worker of a job died, or lost its lock, more often than `maxStalledCount` of `startWorker` allows. */
export class WorkerDiedError extends JobsError {
  readonly code = ERROR_CODES.WorkerDiedError;
}

/**
 * What `step` and the other methods of a job reject with when its processor has already returned or thrown: something of
 * it goes on that was not awaited.
 */
export class AttemptOverError extends JobsError {
  readonly code = ERROR_CODES.AttemptOverError;
}

/**
 * Throw it from a processor when no further attempt can help: a bad address, lost access, a deleted record.
 *
 * @example
 * ```ts
 * if (response.status === 404) throw new PermanentError(`Image ${id} does not exist`);
 * ```
 */
export class PermanentError extends JobsError {
  readonly code = ERROR_CODES.PermanentError;
}

/**
 * Throw it from a processor when the other side said when to come back. The job waits that long, gives its place to
 * others, and no attempt is used up. It is bounded: see `maxRetryAfter` of `defineQueue`.
 *
 * @example
 * ```ts
 * if (response.status === 429) throw new RetryAfterError(Number(response.headers.get('retry-after')) * 1_000);
 * ```
 */
export class RetryAfterError extends JobsError {
  readonly code = ERROR_CODES.RetryAfterError;
  /** How long to wait, in ms. */
  readonly delay: number;

  constructor(delay: number, message?: string, options?: ErrorOptions) {
    if (!Number.isFinite(delay) || delay < 0) {
      throw new TypeError(`RetryAfterError needs a delay in ms of at least 0, not ${delay}`);
    }
    super(message ?? `Asked to come back in ${Math.ceil(delay)} ms`, options);
    this.delay = Math.ceil(delay);
  }
}

/** What `waitFor` throws for a job that failed with an error that is not one of ours; the message is the job's. */
export class JobFailedError extends JobsError {
  readonly code = ERROR_CODES.JobFailedError;
}

/** `waitFor` gave up: the job had not finished within the time. The job itself goes on. */
export class WaitTimeoutError extends JobsError {
  readonly code = ERROR_CODES.WaitTimeoutError;
}

/** There is no job with this id, or it has been cleaned up. */
export class JobNotFoundError extends JobsError {
  readonly code = ERROR_CODES.JobNotFoundError;
}

/**
 * What was asked cannot be done to this job, as something else needs it: it is the next run of a schedule, from which the
 * runs behind it are planned. The message says what to do instead.
 */
export class JobConflictError extends JobsError {
  readonly code = ERROR_CODES.JobConflictError;
}

/** What was asked for is not there, or not any more: a delivery of a webhook, an alert, a report. */
export class NotFoundError extends JobsError {
  readonly code = ERROR_CODES.NotFoundError;
}

/** What was asked for does not go with the state that the thing is in: a delivery that was refused can't be replayed. */
export class ConflictError extends JobsError {
  readonly code = ERROR_CODES.ConflictError;
}

/** A queue that `createJobs({ queues })` does not know. */
export class UnknownQueueError extends JobsError {
  readonly code = ERROR_CODES.UnknownQueueError;
}

/** A queue was defined, or registered, in a way that cannot work. */
export class QueueDefinitionError extends JobsError {
  readonly code = ERROR_CODES.QueueDefinitionError;
}

/** A processor was defined, or registered, in a way that cannot work. */
export class ProcessorDefinitionError extends JobsError {
  readonly code = ERROR_CODES.ProcessorDefinitionError;
}

/** An option of a job is unknown or out of range. Nothing was enqueued. */
export class JobOptionsError extends JobsError {
  readonly code = ERROR_CODES.JobOptionsError;
}

/**
 * A method was given something that cannot be: a key, or the name of a step, that is no text, or has the character
 * NUL or half of a surrogate pair. Nothing was done.
 */
export class ArgumentError extends JobsError {
  readonly code = ERROR_CODES.ArgumentError;
}

/** A schedule cannot be; `issues` has every problem with its field. Nothing was written. */
export class ScheduleError extends IssuesError {
  readonly code = ERROR_CODES.ScheduleError;
}

/** There is no schedule with this key. */
export class ScheduleNotFoundError extends JobsError {
  readonly code = ERROR_CODES.ScheduleNotFoundError;
}

/**
 * Redis or PostgreSQL can't be reached, did not answer in time, or refuses what it would do at another time: its memory or
 * its disk is full, it is read-only, it starts or fails over, it does not know the password. `cause` is the driver's error.
 * What was asked may or may not have been carried out; an `add` with an `id` is safe to repeat. The monitoring API
 * answers 503, and a job that runs into it keeps its attempt.
 */
export class EngineUnavailableError extends JobsError {
  readonly code = ERROR_CODES.EngineUnavailableError;
}

/**
 * Redis or PostgreSQL has refused an operation for good: a key of another type, a table that somebody has changed. It
 * points to a mistake, here or in what else writes to the store. `cause` is the driver's error.
 */
export class EngineError extends JobsError {
  readonly code: ErrorCode = ERROR_CODES.EngineError;
}

/**
 * A key of one queue on Redis holds something else than BullMQ keeps there: another program has written to it. Every
 * operation that needs the key rejects with it; other queues go on. `cause` is the driver's error.
 */
export class QueueDamagedError extends EngineError {
  override readonly code = ERROR_CODES.QueueDamagedError;
}

/** Another process has the embedded store's folder open. */
export class EmbeddedLockedError extends JobsError {
  readonly code = ERROR_CODES.EmbeddedLockedError;
}

/** The clock of this machine is too far from that of the job store for a worker: delays and schedules go by it. */
export class ClockSkewError extends JobsError {
  readonly code = ERROR_CODES.ClockSkewError;
}

/** The configuration is wrong; all problems are listed at once. */
export class ConfigError extends IssuesError {
  readonly code = ERROR_CODES.ConfigError;
}

/** Anything that was thrown, as an `Error`: a string or `undefined` becomes one that says so. */
export function toError(thrown: unknown): Error {
  // An error of another realm (a `vm` context, as some test runners use) is an instance of another class.
  if (thrown instanceof Error || types.isNativeError(thrown)) return thrown;
  return new Error(`Something that is not an Error was thrown: ${inspect(thrown, { depth: 2 })}`, { cause: thrown });
}
