/** Tells a store that can't be reached from an answer of the store, over the drivers that we use. */
import { EngineUnavailableError, JobsError, toError } from '../errors.js';

/** Codes of Node's sockets, and PostgreSQL's SQLSTATEs for a server that is not there (any more, or yet). */
const CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CONNECTION_CLOSED',
  'NR_CLOSED',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
]);

/** What the drivers say when they give no code: ioredis, its Cluster, pg, and Redis while it starts or fails over. */
const MESSAGES =
  /connection is closed|max retries per request|socket timeout|command timed out|stream isn't writeable|cluster isn't ready|cluster is ended|none of startup nodes|failed to refresh slots|all sentinels are unreachable|connection terminated|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|after calling end on the pool|^(OOM|LOADING|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|READONLY) /i;

export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return CODES.has(code) || code.startsWith('08') || MESSAGES.test(error.message);
}

/**
 * Whether the connection was lost under the operation, so that it may be sent again over the next one. One that had no
 * answer in time has waited long enough.
 */
export function wasLost(error: unknown): boolean {
  return isConnectionError(error) && !(error instanceof JobsError) && !/command timed out/i.test(String(error));
}

/** What to throw for an error of a driver: a clear one when the store is away, else the error itself. */
export function toEngineError(thrown: unknown, address: string): Error {
  const error = withoutContext(toError(thrown));
  return error instanceof JobsError || !isConnectionError(error) ? error : unavailable(address, error);
}

export function unavailable(address: string, cause: unknown): EngineUnavailableError {
  return new EngineUnavailableError(
    `The job store at ${address} can't be reached (${reasonOf(cause)}). Check that it runs and that the address is ` +
      'right; what was asked may or may not have been carried out, and is safe to repeat for a job with an `id`.',
    { cause: cause instanceof Error ? withoutContext(cause) : cause },
  );
}

/** What to report when a connection is lost that comes back by itself. */
export function connectionLost(address: string, cause: Error): EngineUnavailableError {
  return new EngineUnavailableError(
    `The connection to the job store at ${address} is lost (${reasonOf(cause)}); it is tried again until it is back`,
    { cause: withoutContext(cause) },
  );
}

/**
 * ioredis puts the command that failed on the error, with all that it was called with: passwords, the data of jobs. pg's
 * pool puts the whole connection on it. Loggers write what they find on an error.
 */
export function withoutContext(error: Error): Error {
  for (const name of ['command', 'client']) if (name in error) Reflect.deleteProperty(error, name);
  return error;
}

/** In the words of whoever runs the store. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // ioredis's way to say that it does not wait for the next connection.
  if (/max retries per request/i.test(cause.message)) return 'the connection was lost before the answer came';
  // A host with several addresses, none of which answers: an AggregateError, without a message.
  return cause.message || ('code' in cause && String(cause.code)) || cause.name;
}
