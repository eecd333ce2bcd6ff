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
export { jobsMatchers } from './matchers.js';
export type { PerformOptions } from './perform.js';
export { createTestJobs, type TestJobs, type TestJobsOptions, type TestMode } from './test-jobs.js';
