'use client';

import { type MonitoredJob, readProgress } from '@/lib/monitoring-client';

/** How far a job is. Without a total the bar moves by itself. */
export function JobProgress({ job, label }: { readonly job: MonitoredJob; readonly label: string }) {
  const progress = readProgress(job.progress);
  const isRunning = job.state === 'active';
  const message = isRunning ? (progress?.message ?? 'Running…') : job.state === 'delayed' ? 'Waits for its next turn' : 'Waiting…';
  const known = progress?.max === undefined ? {} : { value: Math.min(progress.value, progress.max), max: Math.max(progress.max, 1) };
  return (
    <div className="stack-small">
      {isRunning ? <progress aria-label={label} {...known} /> : null}
      <span className="small quiet" aria-live="polite">
        {message}
      </span>
    </div>
  );
}
