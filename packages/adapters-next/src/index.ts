/**
 * `@bizinsights/jobs-next`: the monitoring API, and webhooks, as route handlers of the App Router.
 *
 * @packageDocumentation
 */
export { type NextHandlers, toNextHandlers } from './handlers.js';
export type { NextHandler, RouteContext } from './mount.js';
export { type NextWebhookHandlers, toNextWebhookHandlers, type WebHandler } from './webhook-handlers.js';
