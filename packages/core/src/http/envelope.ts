/** The form of every answer: `{ success: true, data }` or `{ success: false, error: { code, message, issues? } }`. */
import { defined } from '../defined.js';
import { ERROR_CODES, type Issue, isJobsError } from '../errors.js';

/** Codes of the API itself, beside those of the library's errors. */
export const API_ERRORS = {
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  CROSS_ORIGIN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_INVALID: 400,
  BODY_TOO_LARGE: 413,
  BODY_NOT_JSON: 415,
  CONFLICT: 409,
  GONE: 410,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const;
export type ApiErrorCode = keyof typeof API_ERRORS;

/** The status of the library's own errors; those that are not here are a caller's mistake, 400. */
const STATUS: Readonly<Record<string, number>> = {
  [ERROR_CODES.UnknownQueueError]: 404,
  [ERROR_CODES.JobNotFoundError]: 404,
  [ERROR_CODES.ScheduleNotFoundError]: 404,
  [ERROR_CODES.JobConflictError]: 409,
  [ERROR_CODES.NotFoundError]: 404,
  [ERROR_CODES.ConflictError]: 409,
  [ERROR_CODES.EngineUnavailableError]: 503,
  [ERROR_CODES.EngineError]: 500,
  [ERROR_CODES.QueueDamagedError]: 500,
  [ERROR_CODES.ConfigError]: 500,
  [ERROR_CODES.EmbeddedLockedError]: 500,
  [ERROR_CODES.ClockSkewError]: 500,
};

/** What is told of those that are no mistake of the caller's. */
const FAULT = 'Something went wrong; the log says what';
const AWAY = 'The job store cannot be reached; try again soon';

/** When to ask again while the store is away, in seconds. */
const RETRY_AFTER = '5';

/** A refusal with a status of its own. Its message is for the caller to read. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: ApiErrorCode,
    message: string,
    readonly issues?: readonly Issue[],
  ) {
    super(message);
  }
}

/** As for the errors of the library: a plugin may have loaded `./http` as CommonJS. */
const OF_API = Symbol.for('@bizinsights/jobs-core/http-error');
Object.defineProperty(ApiError.prototype, OF_API, { value: true });

/** Whether it is an {@link ApiError}, also one that another copy of this module has made. */
export function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && OF_API in error;
}

export function success(data: unknown): Response {
  // JSON has no `undefined`, and the envelope always has `data`.
  return json(200, { success: true, data: data ?? null });
}

/**
 * What to answer for an error. An error that is neither ours nor the API's says nothing of itself: its message could hold
 * an address, a path or a field that is redacted.
 */
export function failure(error: unknown): Response {
  const { status, ...shown } = describe(error);
  return json(status, { success: false, error: shown }, retryAfter(status));
}

/** What the caller is told of an error, and whoever reads the audit log later. */
export function shownMessage(error: unknown): string {
  return describe(error).message;
}

/** What is told of an error that is only a part of an answer. */
export function shownError(error: unknown): { code: string; message: string } {
  const { code, message } = describe(error);
  return { code, message };
}

interface Description {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly issues?: unknown;
}

function describe(error: unknown): Description {
  if (isApiError(error)) {
    const { code, message, issues } = error;
    return { status: API_ERRORS[code], code, message, ...defined({ issues }) };
  }
  if (isJobsError(error)) {
    const status = STATUS[error.code] ?? 400;
    const { code } = error;
    // Its message names the queue, and nothing of what is in it.
    if (code === ERROR_CODES.QueueDamagedError) return { status, code, message: error.message };
    if (status >= 500) return { status, code, message: status === 503 ? AWAY : FAULT };
    return { status, code, message: error.message, ...('issues' in error ? { issues: error.issues } : {}) };
  }
  return { status: 500, code: 'INTERNAL', message: FAULT };
}

function retryAfter(status: number): Record<string, string> {
  return status === 503 ? { 'retry-after': RETRY_AFTER } : {};
}

function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    // What is shown is of this moment and of this user.
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  });
}
