/** Problems beside the jobs themselves: where they are told, and how often. */
import { defined } from '../defined.js';
import { ERROR_CODES } from '../errors.js';
import type { JobsEventEmitter } from '../events.js';
import type { Logger } from '../logger.js';

/** What a store or a driver repeats is told once in so many ms. */
const INTERVAL = 5_000;

/** Different problems remembered at a time. */
const REMEMBERED = 100;

/** Tells a problem; `queue` where it is one queue's. */
export type ErrorReport = (error: Error, queue?: string) => void;

/** To the log and, as `worker:error`, to the host. */
export function createErrorReport({ logger, events }: { logger: Logger; events: JobsEventEmitter }): ErrorReport {
  return (error, queue) => {
    const where = defined({ queue });
    // That the store is away is no fault of ours: a stack would only hide the line.
    if ('code' in error && error.code === ERROR_CODES.EngineUnavailableError) logger.warn(where, error.message);
    else logger.error({ ...where, err: error }, error.message);
    events.emit('worker:error', { ...where, error });
  };
}

/**
 * Keeps what comes in floods from filling the log: a Redis without memory refuses each of the many calls a second. Two
 * problems that differ in ids and numbers only are the same.
 */
export function limitRepeats(report: ErrorReport, now: () => number = () => performance.now()): ErrorReport {
  const toldAt = new Map<string, number>();
  return (error, queue) => {
    const problem = `${queue ?? ''} ${error.message.replace(/\S*\d\S*/g, '#')}`;
    const last = toldAt.get(problem);
    if (last !== undefined && now() - last < INTERVAL) return;
    if (toldAt.size >= REMEMBERED) toldAt.clear();
    toldAt.set(problem, now());
    report(error, queue);
  };
}
