/**
 * Packages that are loaded when they are first needed, at once: whoever imports the library and uses none of them pays
 * for none.
 *
 * tsup.config.ts builds this file as `dist/on-demand.cjs`, in which `require` is Node's own: bundlers and Next.js's
 * tracing find what it loads. From a CommonJS file a package of CommonJS is also loaded in half the time, as Node then
 * doesn't read all of its files for the names that they export: with BullMQ these are 200.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const loadBullmq = (): typeof import('bullmq') => require('bullmq');
export const loadIoredis = (): typeof import('ioredis') => require('ioredis');
export const loadCroner = (): typeof import('croner') => require('croner');
export const loadCronstrue = (): typeof import('cronstrue') => require('cronstrue');
export const loadPino = (): typeof import('pino') => require('pino');
export const loadPretty = (): typeof import('pino-pretty') => require('pino-pretty');
