'use client';

import { type Formats, formatTime } from '@/lib/figures/format';
import type { MonitoredJob } from '@/lib/monitoring-client';
import { ActButton } from './act-button';

/** Jobs that have used up their attempts, with the reason. */
export function FailedJobs({
  jobs,
  formats,
  mayOperate,
  onChange,
}: {
  readonly jobs: readonly MonitoredJob[];
  readonly formats: Formats;
  readonly mayOperate: boolean;
  readonly onChange: () => void;
}) {
  return (
    <section className="section" aria-labelledby="failed">
      <div className="card-head">
        <h2 id="failed">Failed jobs</h2>
        {mayOperate && jobs.length > 1 ? (
          <ActButton path="/monitoring/retry" label="Retry all" about="failed jobs" onDone={onChange} />
        ) : null}
      </div>
      {jobs.length === 0 ? (
        <p className="card quiet">No failed jobs. What fails for good stands here with its reason, for seven days.</p>
      ) : (
        <ul className="stack-small">
          {jobs.map((job) => (
            <li key={`${job.queue}:${job.id}`} className="card stack-small">
              <div className="card-head">
                <h3>{job.queue}</h3>
                {mayOperate ? (
                  <ActButton
                    path={`/${encodeURIComponent(job.queue)}/jobs/${encodeURIComponent(job.id)}?action=retry`}
                    label="Retry"
                    about={`job ${job.id} of ${job.queue}`}
                    onDone={onChange}
                  />
                ) : null}
              </div>
              <p className="notice notice-bad small">{job.failedReason ?? 'No reason was kept.'}</p>
              <p className="quiet small">
                {formatTime(job.finishedAt ?? job.createdAt, formats)} · {job.attemptsMade} of {job.maxAttempts}{' '}
                attempts{job.deaths > 0 ? `, its worker died ${job.deaths} times` : ''}
              </p>
              <details className="small">
                <summary>Data of the job</summary>
                <pre className="code">{JSON.stringify(job.data, null, 2)}</pre>
              </details>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
