/** How many jobs of a queue one worker process runs at a time. */
import { checkConcurrency } from '../processor/definition.js';

/** The standard queues' defaults; a host's own queue gets `OTHER_CONCURRENCY`. */
export const DEFAULT_CONCURRENCY: Readonly<Record<string, number>> = {
  'data-sync': 5,
  'insights-generation': 2,
  'webhook-processing': 10,
  'report-generation': 3,
  'email-sending': 5,
  alerts: 5,
};
const OTHER_CONCURRENCY = 5;

/** Where a concurrency may be said; the first one that says something wins. */
export interface ConcurrencySources {
  /** `startWorker({ concurrency })`, which is also where the command line's flag arrives. */
  readonly start?: number | undefined;
  /** `JOBS_CONCURRENCY`. */
  readonly environment?: number | undefined;
  /** `registerProcessor(…, { concurrency })`. */
  readonly registration?: number | undefined;
  /** `defineProcessor({ concurrency })`. */
  readonly processor?: number | undefined;
}

/** @throws {ProcessorDefinitionError} for one that is not a whole number of at least 1. */
export function resolveConcurrency(queue: string, sources: ConcurrencySources): number {
  const { start, environment, registration, processor } = sources;
  for (const value of [start, environment, registration, processor]) checkConcurrency(queue, value);
  // A queue may be named as what every object has: `constructor`.
  const byDefault = Object.hasOwn(DEFAULT_CONCURRENCY, queue) ? DEFAULT_CONCURRENCY[queue] : undefined;
  return start ?? environment ?? registration ?? processor ?? byDefault ?? OTHER_CONCURRENCY;
}
