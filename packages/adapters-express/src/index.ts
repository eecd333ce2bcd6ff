/**
 * `@bizinsights/jobs-express`: the monitoring API, and webhooks, as routers of Express 4 or 5.
 *
 * @packageDocumentation
 */
export { type ExpressAuthorize, type ExpressCaller, monitoringRouter, type RouterOptions } from './router.js';
export type { WebHandler } from './web-handler.js';
export { webhookRouter } from './webhook-router.js';
