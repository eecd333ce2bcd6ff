/**
 * All Lua of this engine, in modules that hold nothing else.
 *
 * tsup.config.ts builds this file as `dist/redis-scripts.cjs`, which both formats of the package load: in each of them the
 * texts would be there twice.
 */
export * from './add-waiting.js';
export * from './attempts.js';
export * from './bring-free.js';
export * from './end-completed.js';
export * from './end-together.js';
export * from './fair-rounds.js';
export * from './job-reads.js';
export * from './reuse.js';
export * from './runs.js';
export * from './schedules.js';
export * from './stalled.js';
export * from './state.js';
export * from './stream-ends.js';
export * from './take-start.js';
