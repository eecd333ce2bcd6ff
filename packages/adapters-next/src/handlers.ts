/** The monitoring API in a catch-all route of the App Router. Next.js speaks Web requests already. */
import { createMonitoringHandler, type MonitoredJobs, type MonitoringOptions } from '@bizinsights/jobs-core/monitoring';
import { mountOf, type NextHandler } from './mount.js';

export type NextHandlers = Readonly<Record<'GET' | 'POST' | 'PUT' | 'DELETE', NextHandler>>;

/**
 * The handlers of `app/api/jobs/[[...path]]/route.ts`, or of a catch-all route anywhere else: where it is, Next.js tells,
 * also with a `basePath` in its own configuration.
 *
 * @throws {ConfigError} without `authorize`
 * @example
 * ```ts
 * // app/api/jobs/[[...path]]/route.ts
 * import { bearerToken } from '@bizinsights/jobs-core/monitoring';
 * import { toNextHandlers } from '@bizinsights/jobs-next';
 * import { jobs } from '../../../../jobs';
 *
 * const authorize = bearerToken({ token: process.env.JOBS_TOKEN });
 * export const { GET, POST, PUT, DELETE } = toNextHandlers(jobs, { authorize });
 * ```
 */
export function toNextHandlers(jobs: MonitoredJobs, options: MonitoringOptions): NextHandlers {
  const handler = createMonitoringHandler(jobs, options);
  const handle: NextHandler = async (request, context) =>
    handler(request, options.basePath === undefined ? { basePath: await mountOf(request, context) } : {});
  return { GET: handle, POST: handle, PUT: handle, DELETE: handle };
}
