/** Who asks: what a host's `authorize` has answered, checked and copied once. The rest of the API uses the copy alone. */
import { z } from 'zod';
import { ConfigError, ERROR_CODES, isJobsError, toIssues } from '../errors.js';
import { nameProblem, shortNameProblem } from '../names.js';
import { ApiError, isApiError } from './envelope.js';
import { ROLES } from './roles.js';

/** Who asks. */
export interface Principal {
  /** Stands in the audit log: a user's id, the name of a token. Not empty, at most 512 bytes of UTF-8. */
  readonly actor: string;
  readonly role: (typeof ROLES)[number];
  /**
   * When given, only jobs of these tenants are seen and touched, and nothing that is about all tenants at once. An empty
   * list sees nothing. `null` is a fault: a column that is not filled must not let somebody see all.
   */
  readonly tenants?: readonly string[];
}

/** What is known of a request beside it. */
export interface Caller {
  /** Of the connection: `127.0.0.1`. Absent where the adapter can't see it, as in Next.js. */
  readonly remoteAddress?: string | undefined;
}

/**
 * Answers who asks, or `null` for an unknown caller (401). Anything else that is no {@link Principal} is a fault of the host, as is
 * what it throws: logged, and answered as 500, with nothing done. Further fields are ignored.
 */
export type Authorize = (request: Request, caller?: Caller) => Principal | null | Promise<Principal | null>;

/** What does not say what the value was: it may be a secret. */
const text = (problemOf: (value: unknown) => string | undefined) =>
  z.unknown().transform((value, context): string => {
    const problem = problemOf(value);
    if (problem === undefined && typeof value === 'string') return value;
    context.addIssue({ code: 'custom', message: problem ?? 'must be a text' });
    return z.NEVER;
  });

const principalShape = z.object({
  actor: text((value) => (value === '' ? 'must not be empty' : shortNameProblem(value))),
  role: z.enum(ROLES, { error: `must be one of ${ROLES.join(', ')}` }),
  tenants: z
    .array(text(nameProblem), { error: 'must be a list of texts; leave it out for who may see all tenants' })
    .optional(),
});

/** @throws {ConfigError} for what is no principal */
export function readPrincipal(subject: string, answer: unknown): Principal {
  if (typeof answer !== 'object' || answer === null) {
    throw new ConfigError(subject, [{ path: [], message: `is no principal, but of type ${typeof answer}` }]);
  }
  // Each field is asked for once: a getter can't answer something else later.
  const [actor, role, tenants] = ['actor', 'role', 'tenants'].map((field): unknown => Reflect.get(answer, field));
  const parsed = principalShape.safeParse({ actor, role, tenants });
  if (!parsed.success) throw new ConfigError(subject, toIssues(parsed.error.issues).slice(0, MAX_ISSUES));
  const { tenants: own, ...rest } = parsed.data;
  return Object.freeze({ ...rest, ...(own === undefined ? {} : { tenants: Object.freeze(own) }) });
}

/** A list of a million wrong tenants is told of by its first ones. */
const MAX_ISSUES = 5;

/** Of what `authorize` has thrown, as much as a line of a log holds. Characters. */
const MAX_MESSAGE = 500;
const MAX_STACK = 4_000;
const MAX_FRAMES = 10;

/** What `authorize` has thrown, or answered: the host's fault, not the caller's. Its message is for the log alone. */
class AuthorizeError extends Error {
  override readonly name = 'AuthorizeError';
}

/**
 * Asks the host who it is.
 *
 * @throws {ApiError} UNAUTHORIZED for nobody
 * @throws {Error} for an answer that is no principal, and when `authorize` has failed: to be logged, and answered as 500
 */
export async function identify(authorize: Authorize, request: Request, caller: Caller = {}): Promise<Principal> {
  let answer: unknown;
  try {
    answer = await authorize(request, caller);
  } catch (thrown) {
    throw toFault(thrown);
  }
  if (answer === null || answer === undefined) throw new ApiError('UNAUTHORIZED', 'Sign in first');
  try {
    return readPrincipal('The answer of `authorize`', answer);
  } catch (thrown) {
    throw toFault(thrown);
  }
}

/** Errors of the library that `authorize` may end with. */
const KEPT: ReadonlySet<string> = new Set([ERROR_CODES.EngineUnavailableError, ERROR_CODES.ConfigError]);

/** A refusal of its own and a store that is away keep their status. Of anything else nothing is told. */
function toFault(thrown: unknown): Error {
  if (isApiError(thrown) || (isJobsError(thrown) && KEPT.has(thrown.code))) return thrown;
  // What is no error says nothing of itself: a session that is thrown holds its token.
  if (!(thrown instanceof Error)) {
    return new AuthorizeError(`\`authorize\` has thrown something that is not an Error, of type ${typeof thrown}`);
  }
  const fault = new AuthorizeError(`\`authorize\` has failed: ${thrown.name}: ${thrown.message}`.slice(0, MAX_MESSAGE));
  // Where it was, for who has to mend it.
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  fault.stack = [`${fault.name}: ${fault.message}`, ...frames.slice(0, MAX_FRAMES)].join('\n').slice(0, MAX_STACK);
  return fault;
}
