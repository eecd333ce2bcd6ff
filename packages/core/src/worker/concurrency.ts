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

/**
 * Where a concurrency can be given, and what an error calls it. The first one that is given wins. Core's README has the
 * same order, under "Concurrency".
 */
const SOURCES = {
  // The command line passes its flag to it.
  start: 'startWorker({ concurrency })',
  environment: 'JOBS_CONCURRENCY',
  registration: 'registerProcessor(…, { concurrency })',
  processor: 'defineProcessor({ concurrency })',
} as const;
const ORDER = ['start', 'environment', 'registration', 'processor'] as const satisfies (keyof typeof SOURCES)[];

/** What each place gives for one queue. */
export type GivenConcurrency = { readonly [Source in keyof typeof SOURCES]?: number | undefined };

/**
 * The one that holds for a queue.
 *
 * @throws {ProcessorDefinitionError} for a given one that is not a whole number of at least 1, also if it would not win
 */
export function resolveConcurrency(queue: string, given: GivenConcurrency): number {
  for (const source of ORDER) checkConcurrency(queue, given[source], SOURCES[source]);
  // A queue may be named as what every object has: `constructor`.
  const byDefault = Object.hasOwn(DEFAULT_CONCURRENCY, queue) ? DEFAULT_CONCURRENCY[queue] : undefined;
  const winner = ORDER.find((source) => given[source] !== undefined);
  return (winner && given[winner]) ?? byDefault ?? OTHER_CONCURRENCY;
}
