/** One route as data: what it takes, what it answers, who may ask. The table of them is `routes.ts`. */
import { z } from 'zod';
import type { Principal } from './principal.js';
import type { Role } from './roles.js';
import type { Services } from './services.js';

/** What a route's `run` is given. */
export interface RouteInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  readonly principal: Principal;
  readonly services: Services;
  /** Where the handler is mounted, without a slash at its end. */
  readonly basePath: string;
}

/** What a change is called in the audit log, and what it was done to. */
export interface AuditTarget {
  readonly action: string;
  readonly queue?: string;
  readonly target?: string;
}

export interface RouteOptions<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> {
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
  /** Every change has it. Of one that was refused before its body was read there is no body. */
  readonly audit?: (input: {
    readonly params: z.output<Params>;
    readonly query: z.output<Query>;
    readonly body: z.output<Body> | undefined;
  }) => AuditTarget;
  run(
    input: RouteInput<z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Promise<z.input<Answer> | Response> | z.input<Answer> | Response;
}

// biome-ignore lint/suspicious/noExplicitAny: a route is contravariant in its input, so only `any` accepts them all.
export type Route = RouteOptions<any, any, any, any>;

const NOTHING = z.object({});
type Nothing = typeof NOTHING;

/** Ties the types of a route together. */
export function defineRoute<
  Params extends z.ZodType = Nothing,
  Query extends z.ZodType = Nothing,
  Body extends z.ZodType = Nothing,
  Answer extends z.ZodType = z.ZodNever,
>(route: RouteOptions<Params, Query, Body, Answer>): RouteOptions<Params, Query, Body, Answer> {
  return route;
}
