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

/** Days of the organization, both included: `{ from: '2026-10-01', to: '2026-10-31' }`. */
export const reportPeriod = z
  .strictObject({ from: z.iso.date(), to: z.iso.date() })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'must not be before `from`' });
export type ReportPeriod = z.output<typeof reportPeriod>;

/** What a report is asked for. */
export const reportRequest = z.strictObject({
  organizationId: id,
  /** The name of a report, such as `sales`. */
  template: z.string().min(1).max(100),
  format: z.enum(REPORT_FORMATS),
  period: reportPeriod,
  /** BCP 47. Default: the organization's. */
  locale: z.string().min(2).max(35).optional(),
  /** IANA. Default: the organization's. */
  timeZone: z.string().refine(isTimeZone, 'must be a zone such as "Europe/Berlin"').optional(),
  /** Addresses that get the file by mail. */
  recipients: z.array(z.email()).max(50).optional(),
  filters: z.record(z.string().max(100), z.string().max(500)).optional(),
});
export type ReportRequest = z.output<typeof reportRequest>;
export type ReportRequestInput = z.input<typeof reportRequest>;

/**
 * The queue `report-generation`: makes one report file. `requestReport` adds the job and answers the report's id.
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
  schema: z.union([z.strictObject({ organizationId: id.optional(), reportId: id }), reportRequest]),
  result: z.strictObject({
    reportId: z.string(),
    /** Of the file. */
    bytes: z.number().int(),
    /** How many mails were enqueued. */
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
