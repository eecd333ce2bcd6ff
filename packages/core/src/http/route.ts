/** One route as data: what it takes, what it answers, who may ask. A table of them makes an API: see `createRouter`. */
import { z } from 'zod';
import { defined } from '../defined.js';
import type { Principal } from './principal.js';
import type { Role } from './roles.js';

/** What a route's `run` is given, beside the context of its table. */
export interface RouteInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  /** Who asks. Where `tenants` is given, the route must show and touch nothing of others. */
  readonly principal: Principal;
  /** Where the handler is mounted, without a slash at its end: `/api/jobs`. */
  readonly basePath: string;
}

const auditTarget = z.object({
  action: z.string(),
  queue: z.string().optional(),
  target: z.string().optional(),
});

/** What a change is called in the audit log, and what it was done to. */
export interface AuditTarget {
  /** Such as `schedule:pause`. */
  readonly action: string;
  readonly queue?: string;
  /** The id or the key of what was changed. */
  readonly target?: string;
}

/** One route. Of a table with a context, `run` is given that too. */
export interface RouteOptions<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
  Context extends object = object,
> {
  /** `GET` reads. The others change something: they are checked for their origin, and audited. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With parameters in braces: `/{queue}/jobs/{id}`. */
  readonly path: string;
  /** One sentence for people: it stands in the OpenAPI document. */
  readonly summary: string;
  /** The least role that may ask; where it depends on the action, by the query. */
  readonly role: Role | ((query: z.output<Query>) => Role);
  /** About all tenants at once: a principal that is bound to tenants is refused (403). */
  readonly wholeStore?: boolean | ((query: z.output<Query>) => boolean);
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** The shape of `data`. Absent where the answer is no envelope: then `contentType` says what it is. */
  readonly answer?: Answer;
  readonly contentType?: string;
  /**
   * What a change is called in the audit log. Without it: method and path, and the parameters `queue`, `id` and `key`.
   * There is no body when the request was refused before it was read.
   */
  readonly audit?: (input: {
    readonly params: z.output<Params>;
    readonly query: z.output<Query>;
    readonly body: z.output<Body> | undefined;
  }) => AuditTarget;
  /**
   * What it returns becomes `{ success: true, data }`; a `Response` is sent as it is. Errors of the library keep their
   * codes, an {@link ApiError} its status; any other error is logged and answered as 500.
   */
  run(
    input: RouteInput<z.output<Params>, z.output<Query>, z.output<Body>> & Context,
  ): Promise<z.input<Answer> | Response> | z.input<Answer> | Response;
}

/** Any route of a table whose routes are given `Context`. */
export type Route<Context extends object = object> =
  // biome-ignore lint/suspicious/noExplicitAny: a route is contravariant in its input, so only `any` accepts them all.
  RouteOptions<any, any, any, any, Context>;

const NOTHING = z.object({});
type Nothing = typeof NOTHING;

/** Makes the {@link defineRoute} of a table whose routes are given `Context`. */
export function routeDefiner<Context extends object>() {
  return <
    Params extends z.ZodType = Nothing,
    Query extends z.ZodType = Nothing,
    Body extends z.ZodType = Nothing,
    Answer extends z.ZodType = z.ZodNever,
  >(
    route: RouteOptions<Params, Query, Body, Answer, Context>,
  ): RouteOptions<Params, Query, Body, Answer, Context> => route;
}

/**
 * Ties the types of a route together.
 *
 * @example
 * ```ts
 * import { defineRoute } from '@bizinsights/jobs-core/http';
 * import { z } from 'zod';
 *
 * const ring = defineRoute({
 *   method: 'POST',
 *   path: '/{id}',
 *   summary: 'Rings a bell.',
 *   role: 'operator',
 *   params: z.object({ id: z.string() }),
 *   query: z.object({ action: z.literal('ring') }),
 *   answer: z.object({ id: z.string(), rung: z.boolean() }),
 *   audit: ({ params }) => ({ action: 'bell:ring', target: params.id }),
 *   run: ({ params, principal }) => ({ id: params.id, rung: principal.tenants === undefined }),
 * });
 * ```
 */
export const defineRoute = routeDefiner<object>();

/** What `audit` of a route returns, checked: it may be a plugin's. Undefined where the route has none. */
export function auditTargetOf(
  { audit }: Pick<Route, 'audit'>,
  asked: { readonly params: unknown; readonly query: unknown; readonly body: unknown },
): AuditTarget | undefined {
  if (!audit) return undefined;
  const { action, queue, target } = auditTarget.parse(audit(asked));
  return { action, ...defined({ queue, target }) };
}
