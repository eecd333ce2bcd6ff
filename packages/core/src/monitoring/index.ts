/**
 * `@bizinsights/jobs-core/monitoring`: the monitoring API for a host to mount.
 *
 * @packageDocumentation
 */
export type { MonitoredJobs } from './access.js';
export { createMonitoringHandler, type MonitoringHandler, type MonitoringOptions, type Mount } from './app.js';
export { allowEveryoneInDevelopment, bearerToken, hasRole } from './authorize.js';
// For plugins that mount routes of their own: they answer and refuse as the API does.
export { API_ERRORS, ApiError, type ApiErrorCode, failure, success } from './envelope.js';
export { type Authorize, type Caller, identify, type Principal } from './principal.js';
export { checkOrigin, readBytes } from './request.js';
export type { Role } from './roles.js';
