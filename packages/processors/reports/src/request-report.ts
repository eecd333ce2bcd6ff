/** `requestReport`: one report now. */
import { ArgumentError, type QueueHandle, toIssues } from '@bizinsights/jobs-core';
import type { ReportStore } from './ports.js';
import {
  type ReportRequest,
  type ReportRequestInput,
  type ReportsQueue,
  reportRequest,
  reportsQueue,
} from './queue.js';

/** As much of `jobs` as is needed. */
export interface ReportJobs {
  queue(queue: ReportsQueue): QueueHandle<ReportsQueue>;
}

/**
 * Asks for a report, and returns its id: `store.reports.get(organizationId, id)` has its status. Equal requests get the same
 * report, also when they come at once: see `ReportStore.request` for what is equal.
 *
 * @throws {ArgumentError} for a request that is wrong; nothing was added
 * @example
 * ```ts
 * const { id } = await requestReport(jobs, store.reports, {
 *   organizationId: 'acme',
 *   template: 'sales',
 *   format: 'pdf',
 *   period: { from: '2026-10-01', to: '2026-10-31' },
 * });
 * ```
 */
export async function requestReport(
  jobs: ReportJobs,
  reports: Pick<ReportStore, 'request' | 'fail'>,
  request: ReportRequestInput,
): Promise<{ readonly id: string }> {
  const parsed = reportRequest.safeParse(request);
  if (!parsed.success) {
    const issues = toIssues(parsed.error.issues).map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new ArgumentError(`The request for a report is invalid: ${issues.join('; ')}`);
  }
  const wanted = withDistinctRecipients(parsed.data);
  const queue = jobs.queue(reportsQueue);
  const found = await reports.request(wanted);
  if (found.status === 'ready') return { id: found.id };
  const lost = await queue.get(jobIdOf(found.id));
  if (lost?.state !== 'failed') return await addJob(queue, wanted, found.id);
  // Its job has failed, and could not say so.
  await reports.fail(found.id, 'failed', 'Its job has failed');
  const next = await reports.request(wanted);
  return next.status === 'ready' ? { id: next.id } : await addJob(queue, wanted, next.id);
}

/** With an id of its own, so that nothing is added twice, and what was lost between store and queue is made good. */
async function addJob(queue: QueueHandle<ReportsQueue>, { organizationId }: ReportRequest, reportId: string) {
  await queue.add({ organizationId, reportId }, { id: jobIdOf(reportId) });
  return { id: reportId };
}

/** Of the job that is added for a report. */
export function jobIdOf(reportId: string): string {
  return `report-${reportId}`;
}

/** Nobody gets a report twice because of capital letters. */
export function withDistinctRecipients(request: ReportRequest): ReportRequest {
  const { recipients } = request;
  if (!recipients) return request;
  return {
    ...request,
    recipients: [...new Map(recipients.map((address) => [address.toLowerCase(), address])).values()],
  };
}
