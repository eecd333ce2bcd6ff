/**
 * `@bizinsights/jobs-core/monitoring`: the monitoring API, a function from a Web `Request` to a `Response`.
 *
 * The order is the same for every route: who asks, may they, is the request well formed, do it, write it down.
 */

import { type Context, Hono } from 'hono';
import { getPath } from 'hono/utils/url';
import { z } from 'zod';
import { defined } from '../defined.js';
import { ConfigError, toError, toIssues } from '../errors.js';
import { isWellFormed } from '../names.js';
import { MONITORING, type MonitoredJobs } from './access.js';
import { type AuditEntry, AuditLog, toKept } from './audit-log.js';
import { hasRole } from './authorize.js';
import { API_ERRORS, ApiError, failure, shownMessage, success } from './envelope.js';
import { EventHub } from './event-hub.js';
import { FaultLog } from './fault-log.js';
import { type Authorize, type Caller, identify, type Principal } from './principal.js';
import { checkOrigin, readBody } from './request.js';
import type { AuditTarget, Route } from './route.js';
import { ROUTES } from './routes.js';
import { JobSearch } from './search/job-search.js';
import type { Services } from './services.js';
import { SharedReads } from './shared-reads.js';

export interface MonitoringOptions {
  /** Where the handler is mounted. Default `/api/jobs`. */
  readonly basePath?: string;
  /** Who asks; there is no handler without it. */
  readonly authorize: Authorize;
  /** Other origins that changes may come from, such as `https://admin.example.com`. Default: none. */
  readonly allowedOrigins?: readonly string[];
}

/** Where one request found the handler. */
export interface Mount {
  /** For an adapter that is told so by its server: overrides `basePath` of the options. */
  readonly basePath?: string;
  /** For an adapter that sees the connection: handed to `authorize`. */
  readonly caller?: Caller;
}

/** Answers a request. Never rejects. */
export type MonitoringHandler = (request: Request, mount?: Mount) => Promise<Response>;

/**
 * Makes the monitoring API of a host's jobs. The adapters of Next.js and Express mount it; any server that speaks Web
 * requests can.
 *
 * @throws {ConfigError} without `authorize`, or with a `basePath` that is none
 * @example
 * ```ts
 * import { bearerToken, createMonitoringHandler } from '@bizinsights/jobs-core/monitoring';
 *
 * const handler = createMonitoringHandler(jobs, { authorize: bearerToken({ token: process.env.JOBS_TOKEN ?? '' }) });
 * const response = await handler(new Request('http://localhost/api/jobs/monitoring'));
 * ```
 */
export function createMonitoringHandler(jobs: MonitoredJobs, options: MonitoringOptions): MonitoringHandler {
  const { authorize, allowedOrigins = [] } = options;
  const basePath = checkOptions(options);
  const access = jobs[MONITORING];
  const services: Services = {
    access,
    reads: new SharedReads(),
    audit: new AuditLog(access),
    faults: new FaultLog(access),
    events: new EventHub(
      access.queues.map(({ name }) => access.engine.queue(name)),
      (err) => access.logger.error({ err }, `the monitoring API: ${err.message}`),
    ),
    search: new JobSearch(access),
  };

  const answer = async (route: Route, { req, env }: Context<Env>): Promise<Response> => {
    const request = req.raw;
    try {
      const principal = await identify(authorize, request, env.caller);
      const call = { route, params: req.param(), request, principal, services, allowedOrigins, ...env };
      const response = await serve(call);
      return request.method === 'HEAD' ? await withoutBody(response) : response;
    } catch (thrown) {
      return refuse(services, thrown);
    }
  };

  const app = new Hono<Env>({ getPath: (request, options) => pathUnder(options?.env?.basePath ?? '', request) });
  for (const [path, routes] of byPath(ROUTES)) {
    for (const route of routes) app.on(route.method, path, (c) => answer(route, c));
    const allowed = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    // Behind the routes of a path stands what answers its other methods; nothing is told to who is not known.
    app.all(path, async (c) => {
      const message = `This path takes ${allowed}`;
      const response = await unknown(authorize, services, c, 'METHOD_NOT_ALLOWED', message);
      if (response.status === API_ERRORS.METHOD_NOT_ALLOWED) response.headers.set('allow', allowed);
      return response;
    });
  }
  app.notFound((c) => unknown(authorize, services, c, 'NOT_FOUND', 'There is nothing at this path'));
  app.onError((error) => refuse(services, error));
  return async (request, mount) =>
    app.fetch(request, { basePath: asPrefix(mount?.basePath ?? basePath), caller: mount?.caller ?? {} });
}

/** What travels through Hono with a request. */
interface Env {
  readonly Bindings: { readonly basePath: string; readonly caller: Caller };
}

/** The path behind the place of the handler; of a request that is not for it, one that no route has. */
function pathUnder(basePath: string, request: Request): string {
  // Next.js can be told to end every address with a slash.
  const path = withoutSlash(getPath(request));
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : '';
}

/** Decoded as Hono decodes the path of a request, without a slash at its end. */
function asPrefix(basePath: string): string {
  const path = basePath.includes('%') ? getPath(new Request(`http://localhost${basePath}`)) : basePath;
  return withoutSlash(path);
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** What answers HEAD: a stream that nobody will read is ended. */
async function withoutBody({ body, status, headers }: Response): Promise<Response> {
  await body?.cancel();
  return new Response(null, { status, headers });
}

interface Call {
  readonly route: Route;
  readonly params: Record<string, string>;
  readonly request: Request;
  readonly principal: Principal;
  readonly services: Services;
  readonly allowedOrigins: readonly string[];
  readonly basePath: string;
}

async function serve(call: Call): Promise<Response> {
  const { route, services, principal } = call;
  const asked: Asked = { params: call.params };
  if (route.method === 'GET') return toResponse(await carryOut(call, asked));
  const at = services.access.now();
  const write = (outcome: Pick<AuditEntry, 'outcome' | 'detail'>) =>
    writeDown(services, { at, actor: principal.actor, role: principal.role, ...targetOf(route, asked), ...outcome });
  let data: unknown;
  try {
    data = await carryOut(call, asked);
  } catch (thrown) {
    await write({ outcome: 'failed', detail: { message: shownMessage(thrown) } });
    throw thrown;
  }
  await write({ outcome: 'done', ...(isPlain(data) ? { detail: data } : {}) });
  return toResponse(data);
}

/** What is known of a request: more and more, as it is read. */
interface Asked {
  params: unknown;
  query?: unknown;
  body?: unknown;
}

/** Does what was asked for, unless it is refused. */
async function carryOut(call: Call, asked: Asked): Promise<unknown> {
  const { route, request, principal, services, allowedOrigins, basePath } = call;
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
    throw new ApiError('FORBIDDEN', 'This is about the jobs of all tenants, and you see those of some');
  }
  const body = isChange ? parse(route.body, await readBody(request), 'body') : undefined;
  asked.body = body;
  refuseMalformed({ path: call.params, query, body });
  return route.run({ params, query, body, request, principal, services, basePath });
}

function toResponse(data: unknown): Response {
  return data instanceof Response ? data : success(data);
}

/** What a change is called in the audit log: of one that was refused before its query was read, by its route alone. */
function targetOf(route: Route, { params, query, body }: Asked): AuditTarget {
  if (route.audit && query !== undefined) return route.audit({ params, query, body });
  const { queue, id, key } = pathShape.parse(params);
  const target = id ?? key;
  return {
    action: `${route.method} ${route.path}`,
    ...defined({ queue, target }),
  };
}

/** The parameters that the paths of all routes have. */
const pathShape = z.object({ queue: z.string().optional(), id: z.string().optional(), key: z.string().optional() });

/** What was done is done, and a store that is away takes no entry: then the log has it. */
async function writeDown({ audit, access }: Services, entry: AuditEntry): Promise<void> {
  try {
    await audit.append(entry);
  } catch (problem) {
    const { detail: _, ...kept } = toKept(entry);
    access.logger.error({ err: toError(problem), ...kept }, 'the audit entry could not be written');
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
 * No id, key or name has the character NUL or half of a surrogate pair. (A schedule's `data` is checked with the schedule.)
 *
 * @throws {ApiError} REQUEST_INVALID
 */
function refuseMalformed(parts: Readonly<Record<string, unknown>>): void {
  const find = (value: unknown, path: readonly string[]): readonly string[] | undefined => {
    if (typeof value === 'string') return isWellFormed(value) ? undefined : path;
    if (typeof value !== 'object' || value === null) return undefined;
    for (const [key, item] of Object.entries(value)) {
      const found = key === 'data' ? undefined : find(item, [...path, key]);
      if (found) return found;
    }
    return undefined;
  };
  const path = find(parts, []);
  if (!path) return;
  const issue = { path: [...path], message: 'holds the character NUL or half of a surrogate pair' };
  throw new ApiError('REQUEST_INVALID', `The ${path[0]} is not right`, [issue]);
}

async function unknown(
  authorize: Authorize,
  services: Services,
  { req, env }: Context<Env>,
  code: 'NOT_FOUND' | 'METHOD_NOT_ALLOWED',
  message: string,
): Promise<Response> {
  try {
    await identify(authorize, req.raw, env.caller);
    throw new ApiError(code, message);
  } catch (thrown) {
    return refuse(services, thrown);
  }
}

function refuse({ faults }: Services, thrown: unknown): Response {
  const error = toError(thrown);
  const response = failure(error);
  if (response.status === 500) faults.tell(error);
  return response;
}

/** Routes by Hono's form of their paths, in the order of the table. */
function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const grouped = new Map<string, Route[]>();
  for (const route of routes) {
    const path = route.path.replace(/\{(\w+)\}/g, ':$1');
    grouped.set(path, [...(grouped.get(path) ?? []), route]);
  }
  return grouped;
}

function checkOptions({ authorize, basePath = '/api/jobs' }: MonitoringOptions): string {
  if (typeof authorize !== 'function') {
    throw new ConfigError('createMonitoringHandler', [
      { path: ['authorize'], message: 'is needed: a function from a request to a principal, or null' },
    ]);
  }
  if (!/^(\/[\w.~-]+)*\/?$/.test(basePath)) {
    throw new ConfigError('createMonitoringHandler', [{ path: ['basePath'], message: 'must look like "/api/jobs"' }]);
  }
  return basePath;
}
