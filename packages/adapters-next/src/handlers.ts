/** The monitoring API in a catch-all route of the App Router. Next.js speaks Web requests already. */
import {
  ConfigError,
  createMonitoringHandler,
  type MonitoredJobs,
  type MonitoringHandler,
  type MonitoringOptions,
} from '@bizinsights/jobs-core/monitoring';
import { mountOf, type NextHandler } from './mount.js';

export type NextHandlers = Readonly<Record<'GET' | 'POST' | 'PUT' | 'DELETE', NextHandler>>;

/**
 * The handlers of `app/api/jobs/[[...path]]/route.ts`, or of a catch-all route anywhere else: without a `basePath`, Next.js
 * tells where it is, also with a `basePath` in its own configuration.
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
export function toNextHandlers(jobs: MonitoredJobs, options: MonitoringOptions): NextHandlers;
/** @param handler of `createMonitoringHandler`, which may be mounted elsewhere too. Its own `basePath` does not count here */
export function toNextHandlers(handler: MonitoringHandler): NextHandlers;
export function toNextHandlers(source: MonitoredJobs | MonitoringHandler, options?: MonitoringOptions): NextHandlers {
  const handler = typeof source === 'function' ? source : makeHandler(source, options);
  const handle: NextHandler = async (request, context) =>
    handler(request, { basePath: await mountOf(request, context) });
  return { GET: handle, POST: handle, PUT: handle, DELETE: handle };
}

function makeHandler(jobs: MonitoredJobs, options: MonitoringOptions | undefined): MonitoringHandler {
  if (!options) throw new ConfigError('toNextHandlers', [{ path: ['authorize'], message: 'is needed' }]);
  const handler = createMonitoringHandler(jobs, options);
  // What Next.js says of the place counts only where the host says nothing.
  return options.basePath === undefined ? handler : (request) => handler(request);
}
