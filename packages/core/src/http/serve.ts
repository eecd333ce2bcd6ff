/**
 * One request for one route.
 *
 * The order is the same for every route: may they, is the request well formed, do it, write it down.
 */
import { z } from 'zod';
import { defined } from '../defined.js';
import { toError, toIssues } from '../errors.js';
import type { Logger } from '../logger.js';
import { isWellFormed } from '../names.js';
import { type AuditEntry, type AuditSink, toKept } from './audit-log.js';
import { hasRole } from './authorize.js';
import { ApiError, shownMessage, success } from './envelope.js';
import { ownAnswer } from './own-answer.js';
import type { Principal } from './principal.js';
import { checkOrigin, readBody } from './request.js';
import { type AuditTarget, auditTargetOf, type Route } from './route.js';

export interface Call<Context extends object> {
  readonly route: Route<Context>;
  readonly params: Record<string, string>;
  readonly request: Request;
  readonly principal: Principal;
  readonly context: Context;
  readonly allowedOrigins: readonly string[];
  readonly basePath: string;
  readonly audit: AuditSink;
  readonly logger: Logger;
  /** Takes what goes wrong while an answer is sent. */
  readonly tell: (error: Error) => void;
  /** Epoch ms. */
  readonly now: () => number;
}

/** @throws {Error} what the request is refused with, or `run` has thrown */
export async function serve<Context extends object>(call: Call<Context>): Promise<Response> {
  const { route, principal, now } = call;
  const asked: Asked = { params: call.params };
  if (route.method === 'GET') return toResponse(await carryOut(call, asked));
  const at = now();
  const write = (outcome: Pick<AuditEntry, 'outcome' | 'detail'>) =>
    writeDown(call, { at, actor: principal.actor, role: principal.role, ...targetOf(call, asked), ...outcome });
  let data: unknown;
  try {
    data = await carryOut(call, asked);
  } catch (thrown) {
    await write({ outcome: 'failed', detail: { message: shownMessage(thrown) } });
    throw thrown;
  }
  // A route that answers by itself says by the status how it has ended.
  const refused = data instanceof Response && data.status >= 400 ? data.status : undefined;
  if (refused !== undefined) await write({ outcome: 'failed', detail: { status: refused } });
  else await write({ outcome: 'done', ...(isPlain(data) ? { detail: data } : {}) });
  return toResponse(data);
}

/** What is known of a request: more and more, as it is read. */
interface Asked {
  params: unknown;
  query?: unknown;
  body?: unknown;
}

/** Does what was asked for, unless it is refused. */
async function carryOut<Context extends object>(call: Call<Context>, asked: Asked): Promise<unknown> {
  const { route, request, principal, context, allowedOrigins, basePath, tell } = call;
  const isChange = route.method !== 'GET';
  if (isChange) checkOrigin(request, allowedOrigins);
  const params = parse(route.params, call.params, 'path');
  asked.params = params;
  const query = parse(route.query, Object.fromEntries(new URL(request.url).searchParams), 'query');
  asked.query = query;
  const role = typeof route.role === 'function' ? route.role(query) : route.role;
  if (!hasRole(principal, role)) {
    throw new ApiError('FORBIDDEN', `This needs the role "${role}", and "${principal.actor}" has "${principal.role}"`);
  }
  const wholeStore = typeof route.wholeStore === 'function' ? route.wholeStore(query) : route.wholeStore;
  if (wholeStore && principal.tenants) {
    throw new ApiError('FORBIDDEN', 'This needs access to all tenants, and you are limited to some');
  }
  const body = isChange ? parse(route.body, await readBody(request), 'body') : undefined;
  asked.body = body;
  refuseMalformed({ path: call.params, query, body });
  const answer: unknown = await route.run({ params, query, body, request, principal, basePath, ...context });
  return answer instanceof Response ? ownAnswer(answer, tell) : answer;
}

function toResponse(data: unknown): Response {
  return data instanceof Response ? data : success(data);
}

/**
 * What a change is called in the audit log: by its route alone where the request was refused before its query was read,
 * or where a plugin's `audit` does not return what it should.
 */
function targetOf<Context extends object>({ route, logger }: Call<Context>, asked: Asked): AuditTarget {
  const { params, query, body } = asked;
  try {
    const target = query === undefined ? undefined : auditTargetOf(route, { params, query, body });
    if (target) return target;
  } catch (problem) {
    const name = `${route.method} ${route.path}`;
    logger.error({ err: toError(problem), route: name }, `\`audit\` of the route ${name} has failed`);
  }
  const { queue, id, key } = pathShape.safeParse(params).data ?? {};
  return { action: `${route.method} ${route.path}`, ...defined({ queue, target: id ?? key }) };
}

/** The parameters that say what a path is about. */
const pathShape = z.object({ queue: z.string().optional(), id: z.string().optional(), key: z.string().optional() });

/** What was done is done, and a store that is away takes no entry: then the log has it. */
async function writeDown<Context extends object>({ audit, logger }: Call<Context>, entry: AuditEntry): Promise<void> {
  try {
    await audit.append(entry);
  } catch (problem) {
    const { detail: _, ...kept } = toKept(entry);
    logger.error({ err: toError(problem), ...kept }, 'the audit entry could not be written');
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Response);
}

/** @throws {ApiError} REQUEST_INVALID, with each issue's path beginning with the part of the request */
function parse(schema: z.ZodType | undefined, value: unknown, part: string): unknown {
  if (!schema) return value;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = toIssues(parsed.error.issues).map((issue) => ({ ...issue, path: [part, ...issue.path] }));
  throw new ApiError('REQUEST_INVALID', `The ${part} is not right`, issues);
}

/**
 * No id, key or name has the character NUL or half of a surrogate pair. (`data` of a body is a job's: it is checked with it.)
 *
 * @throws {ApiError} REQUEST_INVALID
 */
function refuseMalformed(parts: Readonly<Record<string, unknown>>): void {
  const find = (value: unknown, path: readonly string[]): readonly string[] | undefined => {
    if (typeof value === 'string') return isWellFormed(value) ? undefined : path;
    if (typeof value !== 'object' || value === null) return undefined;
    for (const [key, item] of Object.entries(value)) {
      const isData = key === 'data' && path.length === 1 && path[0] === 'body';
      const found = isData ? undefined : find(item, [...path, key]);
      if (found) return found;
    }
    return undefined;
  };
  const path = find(parts, []);
  if (!path) return;
  const issue = { path: [...path], message: 'holds the character NUL or half of a surrogate pair' };
  throw new ApiError('REQUEST_INVALID', `The ${path[0]} is not right`, [issue]);
}
