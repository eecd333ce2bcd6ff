/** Mounts the monitoring API in Express. What converts between Node's requests and Web ones is Hono's own server. */
import { createMonitoringHandler, type MonitoredJobs, type MonitoringOptions } from '@bizinsights/jobs-core/monitoring';
import { getRequestListener } from '@hono/node-server';
import { type Request as ExpressRequest, Router } from 'express';

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
 * app.use('/api/jobs', monitoringRouter(jobs, { authorize: bearerToken({ token: process.env.JOBS_TOKEN ?? '' }) }));
 * ```
 */
export function monitoringRouter(jobs: MonitoredJobs, options: RouterOptions): Router {
  const handler = createMonitoringHandler(jobs, options);
  const router = Router();
  router.use((req, res) => {
    const { baseUrl } = req;
    const parsed = parsedBody(req);
    if (parsed !== undefined) Object.assign(req, { rawBody: Buffer.from(parsed) });
    // Express takes off what the router is mounted at; `authorize` wants to see the whole address.
    req.url = baseUrl + req.url;
    return getRequestListener((request) => handler(request, { basePath: baseUrl }), LISTENER)(req, res);
  });
  return router;
}

const LISTENER = {
  // The globals are the host's.
  overrideGlobalObjects: false,
  // The handler never rejects: what comes here is a `Host` or an address that makes no URL.
  errorHandler: () =>
    Response.json(
      { success: false, error: { code: 'REQUEST_INVALID', message: 'The address of the request is not right' } },
      { status: 400 },
    ),
} as const;

/** What a parser before us has read off the wire, as the listener takes it; undefined when the body is still there. */
function parsedBody(req: ExpressRequest): string | Buffer | undefined {
  if (!req.readableDidRead) return req.readableEnded ? '' : undefined;
  const body: unknown = req.body;
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : (JSON.stringify(body) ?? '');
}
