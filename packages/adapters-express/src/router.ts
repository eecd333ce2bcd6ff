/** Mounts the monitoring API in Express. */
import { createMonitoringHandler, type MonitoredJobs, type MonitoringOptions } from '@bizinsights/jobs-core/monitoring';
import { Router } from 'express';
import { type ReadBody, toMiddleware } from './web-handler.js';

/** As those of `createMonitoringHandler`; where it is mounted, Express tells. */
export type RouterOptions = Omit<MonitoringOptions, 'basePath'>;

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
export function monitoringRouter(jobs: MonitoredJobs, options: RouterOptions): Router {
  return Router().use(toMiddleware(createMonitoringHandler(jobs, options), parsedBody));
}

/** What a parser has made of the body will do here: its form does not matter. */
const parsedBody: ReadBody = (req) => {
  if (!req.readableDidRead) return req.readableEnded ? '' : undefined;
  const body: unknown = req.body;
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : (JSON.stringify(body) ?? '');
};
