/**
 * `@bizinsights/jobs-core/monitoring`: the monitoring API for a host to mount.
 *
 * @packageDocumentation
 */
export type { MonitoredJobs } from './access.js';
export { createMonitoringHandler, type MonitoringHandler, type MonitoringOptions, type Mount } from './app.js';
export { type Authorize, allowEveryoneInDevelopment, bearerToken, type Principal, type Role } from './authorize.js';
