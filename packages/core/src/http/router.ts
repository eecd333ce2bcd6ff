/** A table of routes as a function from a Web `Request` to a `Response`. Who asks comes first, on every path but a probe's. */
import { Hono, type Context as HonoContext } from 'hono';
import { getPath } from 'hono/utils/url';
import { toError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { AuditSink } from './audit-log.js';
import { API_ERRORS, ApiError, failure } from './envelope.js';
import { FaultLog } from './fault-log.js';
import { type Authorize, type Caller, identify } from './principal.js';
import { answerProbe, type Probe } from './probe.js';
import type { Route } from './route.js';
import { serve } from './serve.js';

/** Where one request found the handler. */
export interface Mount {
  /** For an adapter that is told so by its server: overrides `basePath` of the options. */
  readonly basePath?: string;
  /** For an adapter that sees the connection: handed to `authorize`. */
  readonly caller?: Caller;
}

/** Answers a request. Never rejects. */
export type HttpHandler = (request: Request, mount?: Mount) => Promise<Response>;

/** What {@link createRouter} takes. */
export interface RouterOptions<Context extends object> {
  /** Names the API in the log: `the monitoring API`. */
  readonly subject: string;
  /** In any order: a path of fixed names wins over one with parameters. */
  readonly routes: readonly Route<Context>[];
  /** Paths that answer yes or no to any caller. Default: none. */
  readonly probes?: readonly Probe<Context>[];
  /** What each route's `run` is given beside the request. */
  readonly context: Context;
  readonly authorize: Authorize;
  /** Other origins that changes may come from. Default: none. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Where it is mounted, unless the {@link Mount} of a request says so. */
  readonly basePath: string;
  /** Takes every change: `openAuditLog(jobs)`. */
  readonly audit: AuditSink;
  /** What goes wrong behind an answer of 500 is told here. */
  readonly logger: Logger;
  /** Epoch ms. Default `Date.now`. */
  readonly now?: () => number;
}

/** Makes the handler of a table of routes. */
export function createRouter<Context extends object>(options: RouterOptions<Context>): HttpHandler {
  const { subject, routes, probes = [], context, authorize, allowedOrigins = [], basePath, audit, logger } = options;
  const { now = Date.now } = options;
  const faults = new FaultLog(subject, { logger, now });
  const tell = (error: Error) => faults.tell(error);

  const refuse = (thrown: unknown): Response => {
    const error = toError(thrown);
    const response = failure(error);
    if (response.status === 500) tell(error);
    return response;
  };
  const answer = async (route: Route<Context>, { req, env }: HonoContext<Env>): Promise<Response> => {
    const request = req.raw;
    try {
      const principal = await identify(authorize, request, env.caller);
      const call = { route, params: req.param(), request, principal, context, allowedOrigins, audit, logger, now };
      const response = await serve({ ...call, basePath: env.basePath, tell });
      return request.method === 'HEAD' ? await withoutBody(response) : response;
    } catch (thrown) {
      return refuse(thrown);
    }
  };
  /** Nothing is told to who is not known. */
  const refuseKnown = async (request: Request, caller: Caller, error: ApiError): Promise<Response> => {
    try {
      await identify(authorize, request, caller);
      throw error;
    } catch (thrown) {
      return refuse(thrown);
    }
  };
  const refuseMethod = async (request: Request, caller: Caller, allowed: string): Promise<Response> => {
    const error = new ApiError('METHOD_NOT_ALLOWED', `This path takes ${allowed}`);
    const response = await refuseKnown(request, caller, error);
    if (response.status === API_ERRORS.METHOD_NOT_ALLOWED) response.headers.set('allow', allowed);
    return response;
  };

  const app = new Hono<Env>({ getPath: (request, options) => pathUnder(options?.env?.basePath ?? '', request) ?? '/' });
  for (const probe of probes) {
    app.get(probe.path, () => answerProbe(probe, context, (thrown) => tell(toError(thrown))));
    app.all(probe.path, ({ req, env }) => refuseMethod(req.raw, env.caller, 'GET, HEAD'));
  }
  for (const samePath of byPath(routes)) {
    for (const route of samePath) app.on(route.method, honoPath(route), (c) => answer(route, c));
    const allowed = samePath.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    // Behind the routes of a path stands what answers its other methods.
    for (const path of new Set(samePath.map(honoPath))) {
      app.all(path, ({ req, env }) => refuseMethod(req.raw, env.caller, allowed));
    }
  }
  const refuseUnknown = (request: Request, caller: Caller) =>
    refuseKnown(request, caller, new ApiError('NOT_FOUND', 'There is nothing at this path'));
  app.notFound(({ req, env }) => refuseUnknown(req.raw, env.caller));
  app.onError(refuse);
  return async (request, mount) => {
    const env = { basePath: asPrefix(mount?.basePath ?? basePath), caller: mount?.caller ?? {} };
    if (pathUnder(env.basePath, request) !== undefined) return app.fetch(request, env);
    const response = await refuseUnknown(request, env.caller);
    return request.method === 'HEAD' ? withoutBody(response) : response;
  };
}

/** What travels through Hono with a request. */
interface Env {
  readonly Bindings: { readonly basePath: string; readonly caller: Caller };
}

/** The path behind the place of the handler; undefined for a request that is not for it. */
function pathUnder(basePath: string, request: Request): string | undefined {
  // Next.js can be told to end every address with a slash.
  const path = withoutSlash(getPath(request));
  if (path === basePath) return '/';
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined;
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

const PARAMETER = /\{(\w+)\}/g;

function honoPath({ path }: Pick<Route, 'path'>): string {
  return path.replace(PARAMETER, ':$1');
}

/** A path without the names of its parameters: two routes of one shape are found by the same requests. */
export function shapeOf({ path }: Pick<Route, 'path'>): string {
  return path.replace(PARAMETER, '{}');
}

/** Routes of one shape together; a fixed name in a path comes before a parameter at its place. */
function byPath<Context extends object>(routes: readonly Route<Context>[]): Route<Context>[][] {
  const grouped = new Map<string, Route<Context>[]>();
  for (const route of routes) grouped.set(shapeOf(route), [...(grouped.get(shapeOf(route)) ?? []), route]);
  const segments = (shape: string) => shape.split('/').map((segment) => (segment === '{}' ? 1 : 0));
  const rank = (shape: string) => segments(shape).join('');
  return [...grouped].sort(([a], [b]) => rank(a).localeCompare(rank(b))).map(([, group]) => group);
}
