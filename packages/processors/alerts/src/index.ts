/**
 * `@bizinsights/jobs-alerts`.
 *
 * @packageDocumentation
 */
export * from './queue.js';
