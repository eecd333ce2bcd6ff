/**
 * `@bizinsights/jobs-core/http`: the kit that the monitoring API is made of, for plugins that bring routes of their own.
 *
 * @packageDocumentation
 */
export type { AuditEntry, AuditLog, AuditSink } from './audit-log.js';
export { allowEveryoneInDevelopment, bearerToken, hasRole, maySeeTenant } from './authorize.js';
export { API_ERRORS, ApiError, type ApiErrorCode, failure, success } from './envelope.js';
export { type HttpHost, openAuditLog, variablesOf } from './host.js';
export { withOpenApi } from './openapi.js';
export type { PluginRoutes } from './plugin-routes.js';
export { type Authorize, type Caller, identify, type Principal } from './principal.js';
export type { Probe } from './probe.js';
export { checkOrigin, readBytes } from './request.js';
export type { Role } from './roles.js';
export {
  type AuditTarget,
  defineRoute,
  type Route,
  type RouteInput,
  type RouteOptions,
  routeDefiner,
} from './route.js';
export { createRouter, type HttpHandler, type Mount, type RouterOptions } from './router.js';
