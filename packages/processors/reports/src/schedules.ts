/** The recurring reports: one schedule for each choice of a person. */
import {
  ArgumentError,
  createLogger,
  isTimeZone,
  type Logger,
  processorSourceName,
  type ReconcileResult,
  type Schedule,
  type ScheduleSource,
  toIssues,
} from '@bizinsights/jobs-core';
import { z } from 'zod';
import type { ReportFrequency, ReportScheduleStore } from './ports.js';
import { type RelativePeriod, type ReportsQueue, reportRequest, reportsQueue } from './queue.js';

const { organizationId, template, format, locale } = reportRequest.shape;

const scheduleShape = z.strictObject({
  id: z.uuid().optional(),
  ...{ organizationId, template, format, locale },
  frequency: z.enum(['daily', 'weekly', 'monthly']),
  weekday: z.int().min(1).max(7).optional(),
  dayOfMonth: z.int().min(1).max(28).optional(),
  time: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as "08:00"'),
  timeZone: z.string().refine(isTimeZone, 'must be a zone such as "Europe/Berlin"'),
  recipients: z.array(z.email()).min(1).max(50),
});

/** What a person chooses. `id`: of the choice that it replaces; default: a new one. */
export type ReportScheduleInput = z.input<typeof scheduleShape>;

/** What each frequency is about. */
const PERIODS: Readonly<Record<ReportFrequency, RelativePeriod>> = {
  daily: 'yesterday',
  weekly: 'last-week',
  monthly: 'last-month',
};

/** As much of `jobs` as is needed. */
export interface ReportScheduler {
  readonly scheduler: { reconcile(source: ScheduleSource<Schedule<ReportsQueue>>): Promise<ReconcileResult> };
}

/**
 * Keeps a choice: a report that comes daily, weekly or monthly at a local time, about the day, the week or the month before.
 * Given `jobs`, it is planned at once; otherwise the workers plan it when they next look, within five minutes.
 *
 * @throws {ArgumentError} for a choice that is wrong
 * @example
 * ```ts
 * const { id } = await scheduleReport(store.reports, {
 *   organizationId: 'acme',
 *   template: 'sales',
 *   format: 'pdf',
 *   frequency: 'weekly', // on Monday, about the week before
 *   time: '08:00',
 *   timeZone: 'Europe/Berlin',
 *   recipients: ['ann@example.com'],
 * });
 * ```
 */
export async function scheduleReport(
  reports: Pick<ReportScheduleStore, 'saveSchedule'>,
  schedule: ReportScheduleInput,
  { jobs }: { readonly jobs?: ReportScheduler } = {},
): Promise<{ readonly id: string }> {
  const { data, error } = scheduleShape.safeParse(schedule);
  if (error) {
    const issues = toIssues(error.issues).map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new ArgumentError(`The schedule of a report is invalid: ${issues.join('; ')}`);
  }
  const { id } = await reports.saveSchedule(data);
  await jobs?.scheduler.reconcile({
    name: processorSourceName(reportsQueue),
    isPart: true,
    schedules: () => [toSchedule(id, data)],
  });
  return { id };
}

/** What `reportSchedules` takes. */
export interface ReportSchedulesOptions {
  readonly reports: Pick<ReportScheduleStore, 'schedules'>;
  /** Is warned of stored choices that are wrong. Default: `createLogger()`. */
  readonly logger?: Pick<Logger, 'warn'>;
}

/** The key of the schedule of a choice, for `jobs.scheduler`. */
export function reportScheduleKey(id: string): string {
  return `report:${id}`;
}

/** What is wanted of the scheduler: a schedule for each stored choice. `reportsProcessor` does this by itself. */
export async function* reportSchedules(options: ReportSchedulesOptions): AsyncGenerator<Schedule<ReportsQueue>> {
  const { reports, logger = createLogger() } = options;
  for await (const stored of reports.schedules()) {
    // A host may have written it by another way: it must not stop the schedules of the others.
    const { data, error } = scheduleShape.safeParse(stored);
    if (data) yield toSchedule(stored.id, data);
    else logger.warn({ err: error }, `The schedule "${stored.id}" of a report is left out, as it is invalid`);
  }
}

function toSchedule(id: string, schedule: z.output<typeof scheduleShape>): Schedule<ReportsQueue> {
  const { frequency, weekday = 1, dayOfMonth = 1, time, timeZone: timezone } = schedule;
  const [hour, minute] = time.split(':').map(Number);
  const days = { daily: '* * *', weekly: `* * ${weekday % 7}`, monthly: `${dayOfMonth} * *` };
  const { organizationId, template, format, locale, recipients } = schedule;
  return {
    key: reportScheduleKey(id),
    queue: reportsQueue,
    data: {
      ...{ organizationId, template, format, recipients, timeZone: timezone },
      ...(locale === undefined ? {} : { locale }),
      period: PERIODS[frequency],
    },
    cron: `${minute} ${hour} ${days[frequency]}`,
    timezone,
    overlap: 'skip',
    // After days without workers there is one report, about the last period.
    catchUp: 'one',
    tags: [template],
  };
}
