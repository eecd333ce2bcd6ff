/** Removes the files of reports that are too old. */
import type { CleanUpTask } from '@bizinsights/jobs-core';
import type { ReportStorage, ReportStore } from '../ports.js';

/** What `reportFilesCleanUp` takes. */
export interface ReportFilesCleanUpOptions {
  readonly reports: Pick<ReportStore, 'expire' | 'expiredFiles' | 'markFileRemoved'>;
  readonly storage: Pick<ReportStorage, 'remove'>;
  /** Epoch ms. */
  readonly now?: () => number;
}

/**
 * A task of the weekly clean-up: reports that are over become `expired`, and their files are removed. A run that was
 * interrupted is continued by the next one.
 *
 * @example
 * ```ts
 * import { cleanUpProcessor } from '@bizinsights/jobs-core';
 *
 * jobs.registerProcessor(
 *   cleanUpProcessor(jobs, { tasks: [reportFilesCleanUp({ reports: store.reports, storage })] }),
 * );
 * ```
 */
export function reportFilesCleanUp(options: ReportFilesCleanUpOptions): CleanUpTask {
  const { reports, storage, now = Date.now } = options;
  return {
    name: 'report files',
    async run({ signal }) {
      await reports.expire(now());
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
