/**
 * The long SQL of this engine, in modules that hold nothing else.
 *
 * tsup.config.ts builds this file as `dist/postgres-sql.cjs`, which both formats of the package load: in each of them the
 * texts would be there twice.
 */
export { FORGET_SAVED, READ_SAVED, SAVE_LOG } from './attempts.js';
export { ARE_PLANNED } from './bullmq-plans.js';
export { HAS_RATE_INDEX } from './claims.js';
export { ARE_COUNTED } from './counting.js';
export * from './events.js';
export * from './job-reads.js';
export * from './retention.js';
export * from './schema.js';
