/** `scheduleImmediateInsights`: one organization now, and not when its turn comes. */
import { type AddedJob, defined, type QueueHandle } from '@bizinsights/jobs-core';
import { type InsightPeriod, type InsightsJobInput, type InsightsQueue, insightsQueue } from './queue.js';
import { checkOptions } from './reading/given.js';

/** As much of `jobs` as is needed. */
export interface InsightJobs {
  queue(queue: InsightsQueue): QueueHandle<InsightsQueue>;
}

/** How a job that is added for a waiting user differs from a scheduled one. */
export interface ImmediateInsightsOptions extends Omit<InsightsJobInput, 'organizationId' | 'period'> {
  /** Default 0: before all scheduled ones that have a priority. */
  readonly priority?: number;
}

/**
 * Makes insights at once. Where a job like it waits or runs already, nothing is added, and the answer is that one's id, with
 * `deduplicated: true`. Where insights of the organization and period were made within the hour, the job's result is
 * `{ skipped: 'recent' }`, unless `force` is set.
 *
 * @throws {JobDataError} for what the queue refuses
 * @throws {ArgumentError} for options that are no object
 * @example
 * ```ts
 * const { id } = await scheduleImmediateInsights(jobs, 'acme', '30d');
 * const result = await jobs.queue(insightsQueue).waitFor(id);
 * console.log('skipped' in result ? 'made within the hour' : `${result.created} new`);
 * ```
 */
export async function scheduleImmediateInsights(
  jobs: InsightJobs,
  organizationId: string,
  period: InsightPeriod,
  options: ImmediateInsightsOptions = {},
): Promise<AddedJob> {
  checkOptions('scheduleImmediateInsights', options, '{ force: true }');
  const { priority, ...rest } = options;
  const { metrics = [], force = false } = rest;
  // What is no list the queue refuses.
  const sorted = Array.isArray(metrics) ? metrics.toSorted() : metrics;
  const key = `insights:${JSON.stringify([organizationId, period, sorted, force])}`;
  const data = { ...rest, organizationId, period };
  return await jobs.queue(insightsQueue).add(data, { deduplicate: { key }, ...defined({ priority }) });
}
