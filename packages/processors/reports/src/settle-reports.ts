/** Reports that nobody makes any more: their job was removed before it could say so. */
import type { JobState } from '@bizinsights/jobs-core';
import type { Report, ReportStatus, ReportStore } from './ports.js';
import { reportsQueue } from './queue.js';
import { jobIdOf, type ReportJobs } from './request-report.js';

/** So long after it was asked for, a report has its job. ms */
const ADDED_WITHIN = 10_000;

const OPEN: ReadonlySet<ReportStatus> = new Set(['pending', 'generating']);

const OVER: ReadonlySet<JobState> = new Set(['completed', 'failed']);

/** What is asked of the queue of reports. */
export interface ReportJobReader {
  getMany(ids: readonly string[]): Promise<readonly ({ readonly state: JobState } | undefined)[]>;
}

/**
 * The reports as they are now: of those that are pending or generating the jobs are looked up, and one whose job is gone or
 * has failed becomes `failed` with the reason. Call it before you show a status. It is made all the same if a job for it
 * runs later. The weekly clean-up does this too, where `reportFilesCleanUp` is among its tasks.
 *
 * @example
 * ```ts
 * const { reports } = await store.reports.list('acme');
 * for (const { id, status, error } of await settleReports(jobs, store.reports, reports)) console.log(id, status, error);
 * ```
 */
export async function settleReports(
  jobs: ReportJobs,
  reports: Pick<ReportStore, 'find' | 'fail'>,
  found: readonly Report[],
): Promise<Report[]> {
  const open = found.filter(({ status }) => OPEN.has(status));
  if (open.length === 0) return [...found];
  const settled = await settle(jobs.queue(reportsQueue), reports, open, Date.now());
  return found.map((report) => ({ ...report, ...settled.get(report.id) }));
}

/** What has become of those that are over. */
export async function settle(
  queue: ReportJobReader,
  reports: Pick<ReportStore, 'find' | 'fail'>,
  open: readonly Report[],
  now: number,
): Promise<ReadonlyMap<string, Pick<Report, 'status' | 'error'>>> {
  const settled = new Map<string, Pick<Report, 'status' | 'error'>>();
  for (const { id, createdAt } of open) {
    if (createdAt > now - ADDED_WITHIN) continue;
    const task = await reports.find(id);
    if (!task || !OPEN.has(task.status)) continue;
    const states = (await queue.getMany([jobIdOf(id), task.jobId ?? jobIdOf(id)])).flatMap((job) => job?.state ?? []);
    if (states.some((state) => !OVER.has(state))) continue;
    const error = states.length > 0 ? 'Its job has failed' : 'Its job was removed before the report was made';
    // Not `cancelled`, which is final: a job that is added or retried later begins it again.
    if (await reports.fail(id, 'failed', error)) settled.set(id, { status: 'failed', error });
  }
  return settled;
}
