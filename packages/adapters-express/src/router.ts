/** Mounts the monitoring API in Express. */
import {
  ConfigError,
  createMonitoringHandler,
  type MonitoredJobs,
  type MonitoringHandler,
  type MonitoringOptions,
} from '@bizinsights/jobs-core/monitoring';
import { Router } from 'express';
import { type ReadBody, toMiddleware } from './web-handler.js';

/** As those of `createMonitoringHandler`; without a `basePath`, Express tells where it is mounted. */
export type RouterOptions = MonitoringOptions;

/**
 * A router that answers the monitoring API wherever it is mounted, with or without `express.json()` before it.
 *
 * @throws {ConfigError} without `authorize`
 * @example
 * ```ts
 * import { bearerToken } from '@bizinsights/jobs-core/monitoring';
 * import { monitoringRouter } from '@bizinsights/jobs-express';
 *
 * app.use('/api/jobs', monitoringRouter(jobs, { authorize: bearerToken({ token: process.env.JOBS_TOKEN }) }));
 * ```
 */
export function monitoringRouter(jobs: MonitoredJobs, options: RouterOptions): Router;
/** @param handler of `createMonitoringHandler`, which may be mounted elsewhere too */
export function monitoringRouter(handler: MonitoringHandler): Router;
export function monitoringRouter(source: MonitoredJobs | MonitoringHandler, options?: RouterOptions): Router {
  const handler = typeof source === 'function' ? source : makeHandler(source, options);
  return Router().use(toMiddleware(handler, parsedBody));
}

function makeHandler(jobs: MonitoredJobs, options: RouterOptions | undefined): MonitoringHandler {
  if (!options) throw new ConfigError('monitoringRouter', [{ path: ['authorize'], message: 'is needed' }]);
  const handler = createMonitoringHandler(jobs, options);
  // What Express says of the place counts only where the host says nothing.
  if (options.basePath === undefined) return handler;
  return (request, mount) => handler(request, mount?.caller ? { caller: mount.caller } : {});
}

/** What a parser has made of the body will do here: its form does not matter. */
const parsedBody: ReadBody = (req) => {
  if (!req.readableDidRead) return req.readableEnded ? '' : undefined;
  const body: unknown = req.body;
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : (JSON.stringify(body) ?? '');
};
