/**
 * `@bizinsights/jobs-core/monitoring`: the monitoring API for a host to mount.
 *
 * @packageDocumentation
 */
export type { MonitoredJobs } from './access.js';
export { createMonitoringHandler, type MonitoringHandler, type MonitoringOptions, type Mount } from './app.js';
export {
  type Authorize,
  allowEveryoneInDevelopment,
  bearerToken,
  type Caller,
  hasRole,
  type Principal,
  type Role,
} from './authorize.js';
// For plugins that mount routes of their own: they answer and refuse as the API does.
export { API_ERRORS, ApiError, type ApiErrorCode, failure, success } from './envelope.js';
export { checkOrigin, readBytes } from './request.js';
