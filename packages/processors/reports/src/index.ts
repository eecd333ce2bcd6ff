/**
 * `@bizinsights/jobs-reports`.
 *
 * @packageDocumentation
 */
export * from './queue.js';
