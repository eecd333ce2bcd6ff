import { defined } from '@bizinsights/jobs-core';
import { settleReports } from '@bizinsights/jobs-reports';
import type { Metadata } from 'next';
import Link from 'next/link';
import { ActionForm } from '@/components/action-form';
import { Empty } from '@/components/empty';
import { PageHead } from '@/components/page-head';
import { Refresh } from '@/components/refresh';
import { isBeingMade, ReportCard } from '@/components/report-card';
import { ReportForm, ScheduleForm } from '@/components/report-forms';
import { type Formats, formatsOf, formatTime, todayIn } from '@/lib/figures/format';
import { jobs } from '@/lib/jobs';
import { describeSchedule, type PlannedReport, readPlannedReports } from '@/lib/reports/report-schedules';
import { may } from '@/lib/sign-in/roles';
import { requirePerson } from '@/lib/sign-in/session';
import { store } from '@/lib/store/store';
import { removeSchedule } from './actions';

export const metadata: Metadata = { title: 'Reports' };

const PAGE = 20;

export default async function ReportsPage({
  searchParams,
}: {
  readonly searchParams: Promise<{ readonly cursor?: string | string[] }>;
}) {
  const { organization, role } = await requirePerson();
  const { cursor: wanted } = await searchParams;
  const page = defined({ cursor: typeof wanted === 'string' ? wanted : undefined });
  const [{ reports: found, cursor }, planned, members] = await Promise.all([
    store.reports.list(organization.id, { limit: PAGE, ...page }),
    readPlannedReports(organization.id),
    store.organizations.members(organization.id),
  ]);
  // One whose job was removed on the page of jobs is being made no more.
  const reports = await settleReports(jobs, store.reports, found);
  const formats = formatsOf(organization);
  const mayMake = may(role, 'operate');
  return (
    <>
      <PageHead title="Reports">
        The sales of {organization.name} as files. Days and times are of {formats.timeZone}.
      </PageHead>
      <Refresh every={reports.some(isBeingMade) ? 2 : 30} />
      {mayMake ? (
        <section className="section" aria-labelledby="make">
          <h2 id="make">Make a report</h2>
          <div className="card">
            <ReportForm {...lastDays(formats.timeZone)} members={members} />
          </div>
        </section>
      ) : null}
      <section className="section" aria-labelledby="reports">
        <h2 id="reports">Reports</h2>
        {reports.length === 0 ? (
          <Empty title="No reports yet">
            <p>A report of sales as PDF, Excel or CSV, made by a job and kept for 90 days.</p>
          </Empty>
        ) : (
          <ul className="columns">
            {reports.map((report) => (
              <ReportCard key={report.id} report={report} formats={formats} mayCancel={mayMake} />
            ))}
          </ul>
        )}
        {cursor === undefined ? null : (
          <p>
            <Link className="button" href={{ pathname: '/reports', query: { cursor } }}>
              Older reports
            </Link>
          </p>
        )}
      </section>
      <section className="section" aria-labelledby="schedules">
        <h2 id="schedules">Reports that come by themselves</h2>
        <Schedules planned={planned} formats={formats} mayChange={mayMake} />
        {mayMake ? (
          <div className="card">
            <ScheduleForm members={members} timeZone={formats.timeZone} />
          </div>
        ) : null}
      </section>
    </>
  );
}

function Schedules({
  planned,
  formats,
  mayChange,
}: {
  readonly planned: readonly PlannedReport[];
  readonly formats: Formats;
  readonly mayChange: boolean;
}) {
  if (planned.length === 0) return <p className="quiet">None yet.</p>;
  return (
    <ul className="columns">
      {planned.map(({ schedule, next }) => (
        <li key={schedule.id} className="card stack-small">
          <h3>
            {describeSchedule(schedule)} <span className="badge">{schedule.format}</span>
          </h3>
          <p className="quiet small break">
            By the clocks of {schedule.timeZone}, to {schedule.recipients.join(', ')}.{' '}
            {next === undefined ? 'Not planned yet.' : `Next on ${formatTime(next, formats)}.`}
          </p>
          {mayChange ? (
            <ActionForm
              action={removeSchedule}
              label="Remove"
              tone="danger"
              className="row"
              accessibleLabel={`Remove: ${describeSchedule(schedule)}`}
              values={{ id: schedule.id }}
            />
          ) : null}
        </li>
      ))}
    </ul>
  );
}

/** The last 30 whole days. */
function lastDays(timeZone: string): { readonly from: string; readonly to: string } {
  const today = Date.parse(todayIn(timeZone, Date.now()));
  const dayBefore = (days: number) => new Date(today - days * 86_400_000).toISOString().slice(0, 10);
  return { from: dayBefore(30), to: dayBefore(1) };
}
