/**
 * `@bizinsights/jobs-core/monitoring`: the monitoring API for a host to mount.
 *
 * @packageDocumentation
 */

// What it is made of is `./http`. A host that mounts the API finds here all that it needs of it.
export { ConfigError } from '../errors.js';
export { allowEveryoneInDevelopment, bearerToken, hasRole } from '../http/authorize.js';
export { API_ERRORS, ApiError, type ApiErrorCode, failure, success } from '../http/envelope.js';
export type { PluginRoutes } from '../http/plugin-routes.js';
export { type Authorize, type Caller, identify, type Principal } from '../http/principal.js';
export { checkOrigin, readBytes } from '../http/request.js';
export type { Role } from '../http/roles.js';
export type { Mount } from '../http/router.js';
export type { MonitoredJobs } from './access.js';
export { createMonitoringHandler, type MonitoringHandler, type MonitoringOptions } from './app.js';
export type { SearchOptions } from './search/job-search.js';
