/**
 * `@bizinsights/jobs-express`: the monitoring API as a router of Express 4 or 5.
 *
 * @packageDocumentation
 */
export { monitoringRouter, type RouterOptions } from './router.js';
