/**
 * `@bizinsights/jobs-core/testing`: a host's jobs in memory, on a clock that the test sets.
 *
 * Code that enqueues is tested by what it has enqueued:
 *
 * ```ts
 * const jobs = createTestJobs({ queues: [emailQueue] });
 * await signUp(jobs, { email: 'ann@example.com' });
 * expect(jobs).toHaveEnqueued(emailQueue, { to: 'ann@example.com' }, { times: 1 });
 * ```
 *
 * Processors run as in production (checks, steps, retries, timeouts) when the test drains the queues:
 *
 * ```ts
 * const jobs = createTestJobs({ queues: [emailQueue], processors: [emailProcessor({ transport })] });
 * await jobs.queue(emailQueue).add({ to: 'ann@example.com', template: 'welcome' }, { delay: 60_000 });
 * jobs.clock.advance(60_000);
 * expect(await jobs.drain()).toMatchObject({ completed: 1, retried: 0 });
 * ```
 *
 * One processor alone, without a queue: {@link TestJobs.perform}. With `mode: 'inline'` jobs run while they are added. A
 * plugin package runs {@link pluginConformance}.
 *
 * @packageDocumentation
 */
export type { AnyQueueDefinition } from '../queue/definition.js';
export { TestClock, type TestTime } from './clock.js';
export type { ConformanceCase, InvalidData, OpenProcessor, PluginUnderTest } from './conformance/plugin.js';
export { pluginConformance } from './conformance/plugin-conformance.js';
export type { DrainOptions, DrainResult } from './drain.js';
export type { EnqueuedJob } from './enqueued-job.js';
export type {
  DeepPartial,
  ExpectedCompletion,
  ExpectedFailure,
  ExpectedOptions,
  PartialData,
} from './job-expectation.js';
export { jobsMatchers, type MatcherContext, type MatcherResult } from './matchers.js';
export type { PerformOptions } from './perform.js';
export { createTestJobs, type TestJobs, type TestJobsOptions, type TestMode } from './test-jobs.js';
