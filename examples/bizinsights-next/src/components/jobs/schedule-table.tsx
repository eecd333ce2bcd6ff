'use client';

import { type Formats, formatTime } from '@/lib/figures/format';
import type { MonitoredSchedule } from '@/lib/monitoring-client';
import { ActButton } from './act-button';

/** Recurring work of the organization. */
export function ScheduleTable({
  schedules,
  names,
  formats,
  mayOperate,
  onChange,
}: {
  readonly schedules: readonly MonitoredSchedule[];
  /** By key. One without a name is shown by its key. */
  readonly names: Readonly<Record<string, string>>;
  readonly formats: Formats;
  readonly mayOperate: boolean;
  readonly onChange: () => void;
}) {
  return (
    <section className="section" aria-labelledby="schedules">
      <h2 id="schedules">Schedules</h2>
      {schedules.length === 0 ? (
        <p className="card quiet">
          No schedules yet. Each connected integration brings one, and so does each planned report.
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className="card card-table table-scroll" tabIndex={0} aria-label="Table of the schedules">
          <table>
            <thead>
              <tr>
                <th scope="col">Schedule</th>
                <th scope="col">Queue</th>
                <th scope="col">When</th>
                <th scope="col">Next run</th>
                {mayOperate ? <th scope="col">Actions</th> : null}
              </tr>
            </thead>
            <tbody>
              {schedules.map(({ key, queue, description, paused, next }) => (
                <tr key={key}>
                  <th scope="row" className="break">
                    {names[key] ?? key}
                  </th>
                  <td>{queue}</td>
                  <td>{description}</td>
                  <td>
                    {paused ? (
                      <span className="badge badge-warn">paused</span>
                    ) : next === undefined ? (
                      '–'
                    ) : (
                      formatTime(next, formats)
                    )}
                  </td>
                  {mayOperate ? (
                    <td>
                      <span className="row row-tight">
                        <ActButton
                          path={actionPath(key, 'run')}
                          label="Run now"
                          about={names[key] ?? key}
                          onDone={onChange}
                        />
                        <ActButton
                          path={actionPath(key, paused ? 'resume' : 'pause')}
                          label={paused ? 'Resume' : 'Pause'}
                          about={names[key] ?? key}
                          onDone={onChange}
                        />
                      </span>
                    </td>
                  ) : null}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function actionPath(key: string, action: 'run' | 'pause' | 'resume'): string {
  return `/schedules/${encodeURIComponent(key)}?action=${action}`;
}
