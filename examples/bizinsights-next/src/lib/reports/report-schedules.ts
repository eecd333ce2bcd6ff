/** The reports that come by themselves, as the page shows them. */
import { type ReportSchedule, reportScheduleKey } from '@bizinsights/jobs-reports';
import { jobs } from '../jobs';
import { store } from '../store/store';

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

export interface PlannedReport {
  readonly schedule: ReportSchedule;
  /** Epoch ms; undefined before a worker has planned it. */
  readonly next: number | undefined;
}

export async function readPlannedReports(organizationId: string): Promise<PlannedReport[]> {
  const schedules = await store.reports.listSchedules(organizationId);
  return await Promise.all(
    schedules.map(async (schedule) => ({
      schedule,
      next: (await jobs.scheduler.get(reportScheduleKey(schedule.id)))?.next,
    })),
  );
}

/** `Weekly on Monday at 08:00`. */
export function describeSchedule({ frequency, weekday = 1, dayOfMonth = 1, time }: ReportSchedule): string {
  switch (frequency) {
    case 'daily':
      return `Daily at ${time}`;
    case 'weekly':
      return `Weekly on ${WEEKDAYS[weekday - 1]} at ${time}`;
    case 'monthly':
      return `Monthly on day ${dayOfMonth} at ${time}`;
  }
}
