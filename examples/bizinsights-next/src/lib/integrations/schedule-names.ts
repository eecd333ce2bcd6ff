/** What the schedules of an organization are called on the page of jobs: their keys hold ids. */
import { syncScheduleKey } from '@bizinsights/jobs-data-sync';
import { insightScheduleKey } from '@bizinsights/jobs-insights';
import { reportScheduleKey } from '@bizinsights/jobs-reports';
import { describeSchedule } from '../reports/report-schedules';
import { store } from '../store/store';
import { readPlatformCards } from './integrations';

/** By key. */
export async function scheduleNames(organizationId: string): Promise<Record<string, string>> {
  const [cards, reports] = await Promise.all([
    readPlatformCards(organizationId),
    store.reports.listSchedules(organizationId),
  ]);
  const syncs = cards.flatMap(({ name, integrations }) =>
    integrations.map(({ id, account }) => [syncScheduleKey(id), `Sync of ${name}: ${account}`] as const),
  );
  return Object.fromEntries([
    [insightScheduleKey(organizationId), 'Insights'],
    ...syncs,
    ...reports.map((schedule) => [reportScheduleKey(schedule.id), `Report of sales: ${describeSchedule(schedule)}`]),
  ]);
}
