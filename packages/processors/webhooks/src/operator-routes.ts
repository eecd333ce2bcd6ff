/** `/deliveries`: what an operator sees and does. Who asks, may they, is it well formed, do it; as the monitoring API. */
import { toIssues } from '@bizinsights/jobs-core';
import {
  ApiError,
  type Authorize,
  type Caller,
  checkOrigin,
  hasRole,
  identify,
  type Principal,
  type Role,
  success,
} from '@bizinsights/jobs-core/monitoring';
import { z } from 'zod';
import type { Deliveries } from './deliveries.js';
import { VERDICTS } from './delivery.js';

const MAX_PAGE_SIZE = 200;

const listQuery = z.object({
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).optional(),
  platform: z.string().optional(),
  verdict: z.enum(VERDICTS).optional(),
  topic: z.string().optional(),
});
const actionQuery = z.object({ action: z.literal('replay') });

/** What the routes work with. */
export interface OperatorRoutesOptions {
  readonly authorize: Authorize;
  readonly deliveries: Deliveries;
  readonly allowedOrigins: readonly string[];
  readonly caller: Caller;
}

/**
 * Answers `GET /deliveries`, `GET /deliveries/:id` and `POST /deliveries/:id?action=replay`.
 *
 * @param id the segment behind `/deliveries`
 * @throws {ApiError} for what is not allowed, not there, or not well formed
 */
export async function answerOperator(
  request: Request,
  id: string | undefined,
  { authorize, deliveries, allowedOrigins, caller }: OperatorRoutesOptions,
): Promise<Response> {
  const principal = await identify(authorize, request, caller);
  const query = Object.fromEntries(new URL(request.url).searchParams);
  if (request.method === 'POST' && id !== undefined) {
    checkOrigin(request, allowedOrigins);
    demand(principal, 'operator');
    parse(actionQuery, query);
    return success(await deliveries.replay(id, principal.actor));
  }
  if (request.method !== 'GET') throw new ApiError('METHOD_NOT_ALLOWED', 'This path takes GET, and one delivery POST');
  demand(principal, 'viewer');
  if (id === undefined) return success(await deliveries.list(parse(listQuery, query)));
  const delivery = await deliveries.get(id);
  if (!delivery) throw new ApiError('NOT_FOUND', `There is no delivery "${id}" (any more)`);
  return success(delivery);
}

function demand(principal: Principal, role: Role): void {
  if (!hasRole(principal, role)) {
    throw new ApiError('FORBIDDEN', `This needs the role "${role}", and "${principal.actor}" has "${principal.role}"`);
  }
  if (principal.tenants) {
    throw new ApiError('FORBIDDEN', 'This is about the webhooks of all tenants, and you see those of some');
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = toIssues(parsed.error.issues).map((issue) => ({ ...issue, path: ['query', ...issue.path] }));
  throw new ApiError('REQUEST_INVALID', 'The query is not right', issues);
}
