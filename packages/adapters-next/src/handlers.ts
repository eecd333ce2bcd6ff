/** The monitoring API in a catch-all route of the App Router. Next.js speaks Web requests already. */
import { createMonitoringHandler, type MonitoredJobs, type MonitoringOptions } from '@bizinsights/jobs-core/monitoring';

/** What Next.js gives a route handler beside the request: the segments that the catch-all caught. */
export interface RouteContext {
  readonly params: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export type NextHandler = (request: Request, context: RouteContext) => Promise<Response>;
export type NextHandlers = Readonly<Record<'GET' | 'POST' | 'PUT' | 'DELETE', NextHandler>>;

/**
 * The handlers of `app/api/jobs/[[...path]]/route.ts`, or of a catch-all route anywhere else: where it is, Next.js tells,
 * also with a `basePath` in its own configuration.
 *
 * @throws {ConfigError} without `authorize`
 * @example
 * ```ts
 * import { bearerToken } from '@bizinsights/jobs-core/monitoring';
 * import { toNextHandlers } from '@bizinsights/jobs-next';
 * import { jobs } from '../../../../jobs';
 *
 * const authorize = bearerToken({ token: process.env.JOBS_TOKEN ?? '' });
 * export const { GET, POST, PUT, DELETE } = toNextHandlers(jobs, { authorize });
 * ```
 */
export function toNextHandlers(jobs: MonitoredJobs, options: MonitoringOptions): NextHandlers {
  const handler = createMonitoringHandler(jobs, options);
  const handle: NextHandler = async (request, { params }) =>
    handler(request, options.basePath === undefined ? { basePath: mountOf(request, await params) } : {});
  return { GET: handle, POST: handle, PUT: handle, DELETE: handle };
}

/** The path of the request without the segments that the catch-all caught. */
function mountOf(request: Request, params: Awaited<RouteContext['params']>): string {
  const caught = Object.values(params).find(Array.isArray)?.length ?? 0;
  const segments = new URL(request.url).pathname.replace(/\/$/, '').split('/');
  return segments.slice(0, segments.length - caught).join('/');
}
