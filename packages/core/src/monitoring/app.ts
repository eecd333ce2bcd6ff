/** `createMonitoringHandler`: the monitoring API, a function from a Web `Request` to a `Response`. */
import { ConfigError } from '../errors.js';
import { AuditLog } from '../http/audit-log.js';
import { withOpenApi } from '../http/openapi.js';
import { type PluginRoutes, pluginTable } from '../http/plugin-routes.js';
import type { Authorize } from '../http/principal.js';
import { createRouter, type HttpHandler } from '../http/router.js';
import { MONITORING, type MonitoredJobs } from './access.js';
import { EventHub } from './event-hub.js';
import { probes } from './routes/health.js';
import { ROUTES } from './routes.js';
import { FEWEST_JOBS, JobSearch, type SearchOptions } from './search/job-search.js';
import type { Services } from './services.js';
import { SharedReads } from './shared-reads.js';

export interface MonitoringOptions {
  /** Where the handler is mounted. Default `/api/jobs`. */
  readonly basePath?: string;
  /** Who asks; there is no handler without it. */
  readonly authorize: Authorize;
  /** Other origins that changes may come from, such as `https://admin.example.com`. Default: none. */
  readonly allowedOrigins?: readonly string[];
  /** Routes of plugins, under `{basePath}/plugins/<name>/`. Default: none. */
  readonly plugins?: readonly PluginRoutes[];
  /**
   * How much memory the search of jobs may take; `false` for none. Then everything that needs its index finds no jobs and
   * answers `isComplete: false`: a search by anything but an id, and all lists of a principal that is bound to tenants.
   */
  readonly search?: SearchOptions | false;
}

/** Answers a request. Never rejects. */
export type MonitoringHandler = HttpHandler;

/**
 * Makes the monitoring API of a host's jobs. The adapters of Next.js and Express mount it; any server that speaks Web
 * requests can.
 *
 * @throws {ConfigError} without `authorize`, with a `basePath` or a `search.maxJobs` that is none, or with `plugins` that
 *   can't be mounted: two of one name, a bad name, a route that is none
 * @example
 * ```ts
 * import { bearerToken, createMonitoringHandler } from '@bizinsights/jobs-core/monitoring';
 *
 * const handler = createMonitoringHandler(jobs, { authorize: bearerToken({ token: process.env.JOBS_TOKEN }) });
 * const response = await handler(new Request('http://localhost/api/jobs/monitoring'));
 * ```
 */
export function createMonitoringHandler(jobs: MonitoredJobs, options: MonitoringOptions): MonitoringHandler {
  const { authorize, allowedOrigins, plugins = [], search } = options;
  const basePath = checkOptions(options);
  const access = jobs[MONITORING];
  const { engine, logger, now } = access;
  const onError = (err: Error) => logger.error({ err }, `the monitoring API: ${err.message}`);
  const services: Services = {
    access,
    reads: new SharedReads(),
    audit: new AuditLog({ state: engine.state, now }),
    events: new EventHub(
      engine.events(
        access.queues.map(({ name }) => name),
        onError,
      ),
      onError,
    ),
    search: new JobSearch(access, search),
  };
  const routes = [...ROUTES, ...pluginTable('createMonitoringHandler', plugins)];
  return createRouter({
    subject: 'the monitoring API',
    routes: withOpenApi('BizInsights Jobs, monitoring API', routes, probes),
    probes,
    context: { services },
    audit: services.audit,
    ...{ authorize, allowedOrigins, basePath, logger, now },
  });
}

function checkOptions({ authorize, basePath = '/api/jobs', search }: MonitoringOptions): string {
  if (typeof authorize !== 'function') {
    throw new ConfigError('createMonitoringHandler', [
      { path: ['authorize'], message: 'is needed: a function from a request to a principal, or null' },
    ]);
  }
  if (!/^(\/[\w.~-]+)*\/?$/.test(basePath)) {
    throw new ConfigError('createMonitoringHandler', [{ path: ['basePath'], message: 'must look like "/api/jobs"' }]);
  }
  const maxJobs = search === false ? undefined : search?.maxJobs;
  if (maxJobs !== undefined && !(Number.isSafeInteger(maxJobs) && maxJobs >= FEWEST_JOBS)) {
    throw new ConfigError('createMonitoringHandler', [
      { path: ['search', 'maxJobs'], message: `must be a whole number, ${FEWEST_JOBS} or more` },
    ]);
  }
  return basePath;
}
