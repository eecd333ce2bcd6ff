/**
 * `@bizinsights/jobs-insights`.
 *
 * @packageDocumentation
 */
export * from './queue.js';
