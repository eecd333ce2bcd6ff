/** Mounts the monitoring API in Express. */
import {
  type Authorize,
  type Caller,
  ConfigError,
  createMonitoringHandler,
  type MonitoredJobs,
  type MonitoringHandler,
  type MonitoringOptions,
} from '@bizinsights/jobs-core/monitoring';
import { type Request as ExpressRequest, Router } from 'express';
import { type ReadBody, toMiddleware } from './web-handler.js';

/** What is known of a request beside it. */
export interface ExpressCaller extends Caller {
  /** The request as Express has it, with what earlier middleware has put on it, such as `req.session`. */
  readonly req: ExpressRequest;
}

/**
 * Returns who asks, or `null` for an unknown caller (401). An `Authorize` of core, such as `bearerToken()`, can be given too.
 *
 * @example
 * ```ts
 * // Earlier middleware sets `res.locals.user`.
 * const authorize: ExpressAuthorize = (_request, { req }) => {
 *   const user = req.res?.locals.user;
 *   return user ? { actor: user.email, role: user.isStaff ? 'operator' : 'viewer' } : null;
 * };
 * ```
 */
export type ExpressAuthorize = (request: Request, caller: ExpressCaller) => ReturnType<Authorize>;

/** As those of `createMonitoringHandler`; without a `basePath`, Express tells where it is mounted. */
export interface RouterOptions extends Omit<MonitoringOptions, 'authorize'> {
  /** Who asks; there is no router without it. */
  readonly authorize: ExpressAuthorize;
}

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
/** @param handler of `createMonitoringHandler`, which may be mounted elsewhere too. Its own `basePath` does not count here */
export function monitoringRouter(handler: MonitoringHandler): Router;
export function monitoringRouter(source: MonitoredJobs | MonitoringHandler, options?: RouterOptions): Router {
  const handler = typeof source === 'function' ? source : makeHandler(source, options);
  return Router().use(toMiddleware(handler, parsedBody));
}

function makeHandler(jobs: MonitoredJobs, options: RouterOptions | undefined): MonitoringHandler {
  if (!options) throw new ConfigError('monitoringRouter', [{ path: ['authorize'], message: 'is needed' }]);
  const authorize = withExpressRequest(options.authorize);
  const handler = createMonitoringHandler(jobs, { ...options, authorize });
  // What Express says of the place counts only where the host says nothing.
  if (options.basePath === undefined) return handler;
  return (request, mount) => handler(request, mount?.caller ? { caller: mount.caller } : {});
}

/** What is no function stays as it is: the handler refuses it. */
function withExpressRequest(authorize: ExpressAuthorize): Authorize {
  if (typeof authorize !== 'function') return authorize;
  return (request, caller) => (isExpressCaller(caller) ? authorize(request, caller) : null);
}

/** True for each caller that `toMiddleware` makes. */
function isExpressCaller(caller: Caller | undefined): caller is ExpressCaller {
  return caller !== undefined && 'req' in caller;
}

/** What a parser has made of the body will do here: its form does not matter. */
const parsedBody: ReadBody = (req) => {
  if (!req.readableDidRead) return req.readableEnded ? '' : undefined;
  const body: unknown = req.body;
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : (JSON.stringify(body) ?? '');
};
