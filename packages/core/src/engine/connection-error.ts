/** The border to the drivers: what ioredis, pg, PGlite and BullMQ throw becomes an error of ours, by what is wrong with the store. */
import {
  EmbeddedLockedError,
  EngineError,
  EngineUnavailableError,
  JobsError,
  QueueDamagedError,
  toError,
} from '../errors.js';

/** Why a store does not do what it is asked for, although nothing is wrong with the question. */
type Trouble =
  /** There is no connection, or it was lost. */
  | 'away'
  /** It starts, fails over, moves keys or is busy: the next try may find it well. */
  | 'changing'
  /** A replica, or a master that has just become one. */
  | 'readOnly'
  | 'memory'
  | 'disk'
  | 'replicas'
  | 'connections'
  /** It has given up on an operation that took too long. */
  | 'slow'
  /** The user name or the password is wrong, or none was given. */
  | 'login'
  | 'permissions';

/** What to do about it, for whoever runs the store; a store that is away is described by `unavailable`. */
const ADVICE: Readonly<Record<Exclude<Trouble, 'away' | 'login'>, string>> = {
  changing: 'It starts, fails over, moves its keys or is busy: try again.',
  readOnly: 'It is a replica, or read-only: check that the address is that of the master.',
  memory: 'Its memory is full: give it more, or keep fewer finished jobs.',
  disk: 'It cannot write to its disk, or not read what is there: check its space and the log of the server.',
  replicas: 'Too few of its replicas are in step (`min-replicas-to-write`, `acknowledge`): check that they run.',
  connections: 'It takes no more connections: raise its limit, or run fewer processes.',
  slow: 'It has cancelled what took too long, or waited too long for a lock: look for what else it is busy with.',
  permissions: 'Check what the user of the connection is allowed to do.',
};

/** Codes of Node's sockets and files, and PostgreSQL's SQLSTATEs. */
const CODES: Readonly<Record<string, Trouble>> = {
  ECONNREFUSED: 'away',
  ECONNRESET: 'away',
  ECONNABORTED: 'away',
  EPIPE: 'away',
  ETIMEDOUT: 'away',
  ENOTFOUND: 'away',
  EAI_AGAIN: 'away',
  EHOSTUNREACH: 'away',
  EHOSTDOWN: 'away',
  ENETUNREACH: 'away',
  ENETDOWN: 'away',
  ERR_STREAM_DESTROYED: 'away',
  ERR_STREAM_WRITE_AFTER_END: 'away',
  ERR_SOCKET_CLOSED: 'away',
  CONNECTION_CLOSED: 'away',
  NR_CLOSED: 'away',
  EMFILE: 'connections',
  ENFILE: 'connections',
  ENOSPC: 'disk',
  EDQUOT: 'disk',
  EIO: 'disk',
  EROFS: 'readOnly',
  '3D000': 'away', // invalid_catalog_name: the database is not there (yet)
  '25P03': 'away', // idle_in_transaction_session_timeout: the server has closed the connection
  '25006': 'readOnly', // read_only_sql_transaction
  '40001': 'changing', // serialization_failure
  '40P01': 'changing', // deadlock_detected
  '42501': 'permissions', // insufficient_privilege
  '53100': 'disk', // disk_full
  '53200': 'memory', // out_of_memory
  '53300': 'connections', // too_many_connections
  '53400': 'disk', // configuration_limit_exceeded: of temporary files
  '55P03': 'slow', // lock_not_available: lock_timeout
  '57014': 'slow', // query_canceled: statement_timeout
  XX001: 'disk', // data_corrupted
  XX002: 'disk', // index_corrupted
};

/** Whole classes of SQLSTATEs. */
const SQL_CLASSES: readonly (readonly [prefix: string, trouble: Trouble])[] = [
  ['08', 'away'], // connection_exception
  ['28', 'login'], // invalid_authorization_specification
  ['53', 'connections'], // insufficient_resources
  ['57P', 'away'], // operator_intervention: shutdown, crash, start, idle session
  ['58', 'disk'], // system_error, io_error
];

/** The words that Redis's refusals begin with. */
const REDIS_WORDS: Readonly<Record<string, Trouble>> = {
  OOM: 'memory',
  MISCONF: 'disk',
  READONLY: 'readOnly',
  NOREPLICAS: 'replicas',
  LOADING: 'changing',
  MASTERDOWN: 'changing',
  CLUSTERDOWN: 'changing',
  TRYAGAIN: 'changing',
  MOVED: 'changing',
  ASK: 'changing',
  BUSY: 'changing',
  UNBLOCKED: 'changing',
  NOAUTH: 'login',
  WRONGPASS: 'login',
  NOPERM: 'permissions',
};

/** First, or behind what a script or a transaction puts before the refusal of one of its commands. */
const REDIS_WORD = /^(?:(?:ERR Error|EXECABORT)\b.*?[\s-])?(?:-?)([A-Z]{3,}) /s;

/** What the drivers say when they give no code: ioredis, its Cluster, pg. */
const MESSAGES: readonly (readonly [message: RegExp, trouble: Trouble])[] = [
  // In what ioredis says of all Sentinels.
  [/\b(WRONGPASS|NOAUTH) /, 'login'],
  [
    /connection is closed|max retries per request|no answer for|socket timeout|command timed out|stream isn't writeable|command aborted due to connection close|cluster isn't ready|cluster is (ended|disconnect)|none of startup nodes|no subscriber for the cluster|failed to refresh slots|all sentinels are unreachable|connection terminated|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|after calling end on the pool/i,
    'away',
  ],
  [/too many cluster redirections/i, 'changing'],
  [/max number of clients reached/i, 'connections'],
  [/password authentication failed|client password must be a string/i, 'login'],
];

/** Undefined for an error that says nothing of the state of the store. */
function troubleOf(error: unknown): Trouble | undefined {
  if (!(error instanceof Error)) return undefined;
  // An embedded store whose folder another process has taken over: of no statement's making.
  if (error instanceof EmbeddedLockedError) return 'away';
  if (error instanceof JobsError) return troubleOf(error.cause);
  const { message } = error;
  const ofNode = 'lastNodeError' in error ? troubleOf(error.lastNodeError) : undefined;
  if (ofNode === 'login') return ofNode;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isOfSocket = 'syscall' in error && error.syscall === 'connect';
  return (
    CODES[code] ??
    (isSqlState(code) ? SQL_CLASSES.find(([prefix]) => code.startsWith(prefix))?.[1] : undefined) ??
    (isOfSocket || /^(ERR_(SSL|TLS)_|CERT_)|_CERT(IFICATE)?(_|$)/.test(code) ? 'away' : undefined) ??
    wordOf(message) ??
    MESSAGES.find(([text]) => text.test(message))?.[1] ??
    troubleOfTransaction(error)
  );
}

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);
}

function wordOf(message: string): Trouble | undefined {
  const word = REDIS_WORD.exec(message)?.[1] ?? '';
  return Object.hasOwn(REDIS_WORDS, word) ? REDIS_WORDS[word] : undefined;
}

/** ioredis's error of a transaction names the commands that were refused before. */
function troubleOfTransaction(error: Error): Trouble | undefined {
  const previous: unknown = Reflect.get(error, 'previousErrors');
  if (!Array.isArray(previous)) return undefined;
  return previous.map(troubleOf).find((trouble) => trouble !== undefined);
}

/** Whether the connection is lost, or the store is on its way back: it is told by an `Outage`, once and until it is over. */
export function isConnectionError(error: unknown): boolean {
  const trouble = troubleOf(error);
  return trouble === 'away' || trouble === 'changing';
}

/** Whether the store has refused the user name or the password: it will refuse them again. */
export function isRefusedLogin(error: unknown): boolean {
  return troubleOf(error) === 'login';
}

/** Whether the error says that the store is away, or that it refuses what is nothing but right. */
export function isStoreTrouble(error: unknown): boolean {
  return troubleOf(error) !== undefined;
}

/**
 * Whether the operation may be sent again: its connection was lost under it, or it was refused for a reason that may have
 * passed. One that had no answer in time has waited long enough.
 */
export function wasLost(error: unknown): boolean {
  if (error instanceof JobsError || /command timed out/i.test(String(error))) return false;
  const trouble = troubleOf(error);
  return trouble !== undefined && !['login', 'permissions', 'slow'].includes(trouble);
}

/** What goes wrong in code, ours or BullMQ's, and is no answer of a store. */
const MISTAKES = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError];

/**
 * What to throw for an error of a driver, of every method of an engine: `EngineUnavailableError` when the store is away or
 * does not take what it is asked for, else `EngineError`. A mistake in code stays what it is.
 */
export function toEngineError(thrown: unknown, address: string): Error {
  const error = toError(thrown);
  if (error instanceof JobsError) return error;
  if (troubleOf(error)) return unavailable(address, error);
  const cause = withoutContext(error);
  if (MISTAKES.some((mistake) => cause instanceof mistake)) return cause;
  return new EngineError(`The job store at ${address} has refused an operation: ${cause.message}`, { cause });
}

/** {@link toEngineError} for an operation on one queue: a key of another type is a queue that has been damaged. */
export function toQueueError(thrown: unknown, address: string, queue: string): Error {
  const error = toEngineError(thrown, address);
  const reason = error instanceof EngineError ? toError(error.cause).message : '';
  if (!/\bWRONGTYPE\b/.test(reason)) return error;
  return new QueueDamagedError(
    `Queue "${queue}" is damaged: a key of it holds something else than it should. Look for what else writes to the ` +
      'store with its prefix, and remove that key.',
    { cause: error.cause },
  );
}

/** What to report of a worker, whose errors are its driver's and our own: only those of the store are put in its words. */
export function toReported(error: Error, address: string): Error {
  return isStoreTrouble(error) ? toEngineError(error, address) : withoutContext(error);
}

/** Runs something of a driver, whose errors become ours. */
export async function atBorder<T>(address: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw toEngineError(error, address);
  }
}

export function unavailable(address: string, cause: unknown): EngineUnavailableError {
  const trouble = troubleOf(cause) ?? 'away';
  return new EngineUnavailableError(
    `The job store at ${address} ${describe(trouble, reasonOf(cause))}; what was asked may or may not have been carried out, and is safe to repeat ` +
      'for a job with an `id`.',
    { cause: cause instanceof Error ? withoutContext(cause) : cause },
  );
}

function describe(trouble: Trouble, reason: string): string {
  if (trouble === 'away') return `can't be reached (${reason}). Check that it runs and that the address is right`;
  if (trouble === 'login') return `can't be used: the user name or password was refused (${reason}). Check both`;
  return `refuses (${reason}). ${ADVICE[trouble].replace(/\.$/, '')}`;
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
 * pool puts the whole connection on it, and PostgreSQL the row that it has refused. Loggers write what they find on an
 * error.
 */
function withoutContext(error: Error): Error {
  for (const name of ['command', 'client', 'detail', 'where', 'previousErrors']) {
    if (name in error) Reflect.deleteProperty(error, name);
  }
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) withoutContext(error.lastNodeError);
  return error;
}

/** In the words of whoever runs the store. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // ioredis's way to say that it does not wait for the next connection.
  if (/max retries per request/i.test(cause.message)) return 'the connection was lost before the answer came';
  // A Cluster of which no node answers says why by another error.
  if ('lastNodeError' in cause && cause.lastNodeError instanceof Error) return cause.lastNodeError.message;
  // A host with several addresses, none of which answers: an AggregateError, without a message.
  return cause.message || ('code' in cause && String(cause.code)) || cause.name;
}
