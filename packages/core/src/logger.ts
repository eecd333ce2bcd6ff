/** Logging: the shape that we need of a logger, and pino as the one used when the host gives none. */
import { loadPino, loadPretty } from './on-demand.js';

/** One log method, as in pino: fields first, or the message alone. */
export interface LogMethod {
  (fields: object, message?: string): void;
  (message: string): void;
}

/**
 * The part of pino's logger that the library uses. Give your own pino instance, or anything of this shape.
 *
 * @example
 * ```ts
 * const jobs = createJobs({ queues, logger: pino({ level: 'warn' }) });
 * ```
 */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  child(fields: Record<string, unknown>): Logger;
}

/** The levels that `LOG_LEVEL` takes. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** pino on standard output: readable lines on a terminal, JSON lines elsewhere. */
export function createLogger(options: { level?: LogLevel } = {}): Logger {
  const level = options.level ?? 'info';
  const { pino } = loadPino();
  if (!process.stdout.isTTY) return pino({ level });
  const pretty = loadPretty();
  // sync: a line that was logged before the process ends is on the screen, and no worker thread stays behind.
  return pino({ level }, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' }));
}

const ignore: LogMethod = () => {};

/** A logger that says nothing: for tests, and for hosts that want silence. */
export const silentLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silentLogger,
};
