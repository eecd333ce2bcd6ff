/** What can go wrong with a platform. A processor lets them go up: each says by its class what the job does. */
import { ArgumentError, formatPath, type Issue, PermanentError, RetryAfterError } from '@bizinsights/jobs-core';

/** The platform says to come back later. The job waits that long, and no attempt is used up. */
export class RateLimitError extends RetryAfterError {}

/** The credentials are not accepted any more. No other attempt can help before a person connects the account again. */
export class AccessLostError extends PermanentError {}

/** The credentials do not have the form that the platform needs. No request was sent. The code is `ARGUMENT_INVALID`. */
export class CredentialsError extends ArgumentError {
  /** Which fields are invalid. No message contains a value. */
  readonly issues: readonly Issue[];

  /** @param platform its name, for people */
  constructor(platform: string, issues: readonly Issue[]) {
    super(`The credentials of ${platform} are invalid, at ${issues.map(({ path }) => formatPath(path)).join(', ')}`);
    this.issues = issues;
  }
}

/** The credentials name an address that no request may go to. */
export class PlatformAddressError extends PermanentError {}

/** An answer that can't be understood: not JSON, not of the platform's shape, pages that go in a circle. Tried again. */
export class PlatformResponseError extends Error {
  /** HTTP status, where there was one. */
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.name = 'PlatformResponseError';
    this.status = options.status;
  }
}
