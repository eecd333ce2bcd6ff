/** Removes the files of reports that are too old, and ends those that nobody makes any more. */
import type { CleanUpTask } from '@bizinsights/jobs-core';
import type { ReportStorage, ReportStore } from '../ports.js';
import { reportsQueue } from '../queue.js';
import { settle } from '../settle-reports.js';

/** What `reportFilesCleanUp` takes. */
export interface ReportFilesCleanUpOptions {
  readonly reports: Pick<ReportStore, 'expire' | 'expiredFiles' | 'markFileRemoved' | 'unfinished' | 'find' | 'fail'>;
  readonly storage: Pick<ReportStorage, 'remove'>;
}

/**
 * A task of the weekly clean-up: reports that are over become `expired`, and their files are removed. A report that nobody
 * makes any more, as its job was removed, becomes `failed`: see `settleReports`. A run that was interrupted is continued by
 * the next one.
 *
 * @example
 * ```ts
 * import { createJobs } from '@bizinsights/jobs-core';
 *
 * const jobs = createJobs({
 *   queues: [reportsQueue, emailQueue],
 *   cleanUp: [...store.cleanUpTasks(), reportFilesCleanUp({ reports: store.reports, storage })],
 * });
 * ```
 */
export function reportFilesCleanUp({ reports, storage }: ReportFilesCleanUpOptions): CleanUpTask {
  return {
    name: 'report files',
    async run({ signal, now, jobs }) {
      if (jobs?.queues.some(({ name }) => name === reportsQueue.name)) {
        await settle(jobs.queue(reportsQueue.name), reports, await reports.unfinished(now), now);
      }
      await reports.expire(now);
      let removed = 0;
      for (;;) {
        const files = await reports.expiredFiles();
        for (const { id, key } of files) {
          signal.throwIfAborted();
          await storage.remove(key);
          await reports.markFileRemoved(id);
          removed += 1;
        }
        if (files.length === 0) return removed;
      }
    },
  };
}
