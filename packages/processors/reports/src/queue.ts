/**
 * `@bizinsights/jobs-reports/queue`: the contract of the queue `report-generation`. A web process imports it without the
 * work.
 *
 * @packageDocumentation
 */
import { defineQueue, isTimeZone, QueueName } from '@bizinsights/jobs-core/define';
import { z } from 'zod';

export const REPORT_FORMATS = ['pdf', 'xlsx', 'csv'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

const id = z.string().min(1).max(255);

/** Of one report: ten years. */
const MOST_DAYS = 3_660;

/** Days of the organization, both included: `{ from: '2026-10-01', to: '2026-10-31' }`. At most 3,660 days. */
export const reportPeriod = z
  .strictObject({ from: z.iso.date(), to: z.iso.date() })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'must not be before `from`' })
  .refine(({ from, to }) => (Date.parse(to) - Date.parse(from)) / 86_400_000 < MOST_DAYS, {
    path: ['to'],
    message: `must be within ${MOST_DAYS} days of \`from\``,
  });
export type ReportPeriod = z.output<typeof reportPeriod>;

/** Periods that move with the day on which the job runs, in the organization's zone. Weeks begin on Monday. */
export const RELATIVE_PERIODS = ['yesterday', 'last-week', 'last-month'] as const;
export type RelativePeriod = (typeof RELATIVE_PERIODS)[number];

/** BCP 47, such as `de` or `en-GB`. */
export const reportLocale = z
  .string()
  .min(2)
  .max(35)
  .refine(isLocale, 'must be a language tag such as "de" or "en-GB"');

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** What is asked for. */
export const reportRequest = z.strictObject({
  organizationId: id,
  /** The name of a report, such as `sales`. */
  template: z.string().min(1).max(100),
  format: z.enum(REPORT_FORMATS),
  period: reportPeriod,
  /** The language, and how numbers and days are written. Default: the organization's, else English. */
  locale: reportLocale.optional(),
  /** IANA: of the times in the report, such as when it was made. Its days are always the organization's. Default: theirs. */
  timeZone: z.string().refine(isTimeZone, 'must be a zone such as "Europe/Berlin"').optional(),
  /** Addresses that get the file by mail. */
  recipients: z.array(z.email()).max(50).optional(),
  /** By the name of a filter of the template. `sales` has none. */
  filters: z.record(z.string().max(100), z.string().max(500)).optional(),
});
export type ReportRequest = z.output<typeof reportRequest>;
export type ReportRequestInput = z.input<typeof reportRequest>;

/**
 * The queue `report-generation`: makes one report file. `requestReport` adds the job and returns the report's id. A job that
 * is added with a request makes the report first; its period may also be relative, which schedules use.
 *
 * @example
 * ```ts
 * await jobs.queue(reportsQueue).add({
 *   organizationId: 'acme',
 *   template: 'sales',
 *   format: 'pdf',
 *   period: { from: '2026-10-01', to: '2026-10-31' },
 * });
 * ```
 */
export const reportsQueue = defineQueue({
  name: QueueName.ReportGeneration,
  description: 'Makes a report file, stores it, and mails it to its recipients.',
  schema: z.union([
    z.strictObject({ organizationId: id.optional(), reportId: id }),
    reportRequest.extend({ period: z.union([reportPeriod, z.enum(RELATIVE_PERIODS)]) }),
  ]),
  result: z.strictObject({
    reportId: z.string(),
    /** Of the file. */
    bytes: z.number().int(),
    /** How many mails were enqueued, by this job and its earlier attempts. */
    mails: z.number().int(),
  }),
  tenant: ({ organizationId = '' }) => organizationId,
  // A file of a year of a large shop takes a while. 15 minutes in ms.
  defaults: { timeout: 15 * 60_000 },
});

export type ReportsQueue = typeof reportsQueue;
/** What the processor gets. */
export type ReportJob = z.output<ReportsQueue['schema']>;
/** What `add` takes. */
export type ReportJobInput = z.input<ReportsQueue['schema']>;
export type ReportResult = z.output<ReportsQueue['result']>;
