'use client';

import { type Formats, formatTime } from '@/lib/figures/format';
import type { MonitoredJob } from '@/lib/monitoring-client';
import { JobProgress } from './job-progress';

/** What runs now, with its progress. */
export function RunningJobs({ jobs, formats }: { readonly jobs: readonly MonitoredJob[]; readonly formats: Formats }) {
  return (
    <section className="section" aria-labelledby="running">
      <h2 id="running">Running jobs</h2>
      {jobs.length === 0 ? (
        <p className="card quiet">No job of your organization runs at the moment.</p>
      ) : (
        <ul className="stack-small">
          {jobs.map((job) => (
            <li key={`${job.queue}:${job.id}`} className="card stack-small">
              <div className="card-head">
                <h3>{job.queue}</h3>
                <span className="quiet small">
                  since {formatTime(job.startedAt ?? job.createdAt, formats)} · attempt {job.attemptsMade + 1} of{' '}
                  {job.maxAttempts}
                </span>
              </div>
              <JobProgress job={job} label={`Progress of ${job.queue} ${job.id}`} />
              <span className="quiet small break">{job.id}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
