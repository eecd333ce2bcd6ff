/**
 * Packages that are loaded when they are first needed, at once: whoever imports the library and uses none of them pays
 * for none.
 *
 * tsup.config.ts builds this file as `dist/on-demand.cjs`, in which `require` is Node's own, so that bundlers and the
 * tracing of Next.js find what it loads. BullMQ and ioredis are of CommonJS alone, and are loaded in half the time from
 * such a file: imported, Node would first read their 250 files for the names that they export.
 */
import { createRequire } from 'node:module';
import type * as Bullmq from 'bullmq';
import type * as Croner from 'croner';
import type * as Cronstrue from 'cronstrue';
import type * as Ioredis from 'ioredis';
import type * as Pino from 'pino';
import type PinoPretty from 'pino-pretty';

const require = createRequire(import.meta.url);

export const loadBullmq = (): typeof Bullmq => require('bullmq');
export const loadIoredis = (): typeof Ioredis => require('ioredis');
export const loadCroner = (): typeof Croner => require('croner');
export const loadCronstrue = (): typeof Cronstrue => require('cronstrue');
export const loadPino = (): typeof Pino => require('pino');
export const loadPretty = (): typeof PinoPretty => require('pino-pretty');
