/**
 * `@bizinsights/jobs-next`: the monitoring API as route handlers of the App Router.
 *
 * @packageDocumentation
 */
export { type NextHandlers, type RouteContext, toNextHandlers } from './handlers.js';
