/** `reportsProcessor`: makes the reports of the queue `report-generation`. */
import {
  ArgumentError,
  defineProcessor,
  ERROR_CODES,
  type ExhaustedJob,
  isJobsError,
  type JobContext,
  PermanentError,
  type ProcessorDefinition,
  ProcessorDefinitionError,
} from '@bizinsights/jobs-core';
import { EMAIL_LIMITS, emailQueue } from '@bizinsights/jobs-email/queue';
import type { AnyReport } from './define-report.js';
import { mailReport } from './mail-report.js';
import { makeReport } from './make-report.js';
import type { ReportData, ReportScheduleStore, ReportStorage, ReportStore, ReportTask } from './ports.js';
import { type ReportJob, type ReportsQueue, reportsQueue } from './queue.js';
import { resolvePeriod } from './relative-period.js';
import { withDistinctRecipients } from './request-report.js';
import { salesReport } from './sales/sales-report.js';
import { reportSchedules } from './schedules.js';

/** What `reportsProcessor` takes. */
export interface ReportsProcessorOptions {
  /** `store.reports`. */
  readonly reports: ReportStore & Pick<ReportScheduleStore, 'schedules'>;
  /** `store.reportData`. */
  readonly data: ReportData;
  /** `localStorage({ dir, secret })`. */
  readonly storage: ReportStorage;
  /** Your own reports, by `defineReport`, beside `sales`. Default: none. */
  readonly templates?: readonly AnyReport[];
  /** For how long a file is kept and can be downloaded. Default 90. */
  readonly retentionDays?: number;
  /**
   * Larger files are not attached to a mail: it has a link, for which `baseUrl` of the storage has to be a whole address.
   * Default 2 MB, at most the 10 MB of a mail.
   */
  readonly attachmentBytes?: number;
  /** Whether a worker adds a schedule for each stored choice. Default true. */
  readonly schedules?: boolean;
  /** Epoch ms. */
  readonly now?: () => number;
}

const RETENTION_DAYS = 90;
const ATTACHMENT_BYTES = 2 * 1_024 * 1_024;

/** For how long the report of a job is remembered for the case that it fails. ms */
const REMEMBERED = 7 * 86_400_000;

/**
 * The processor of the queue `report-generation`. A report is made once: a later attempt of its job, or another job for it,
 * finds the file, and mails it to those who have not got it.
 *
 * @throws {ProcessorDefinitionError} when two templates have one name
 * @throws {ArgumentError} for limits that are out of their range
 * @example
 * ```ts
 * jobs.registerProcessor(
 *   reportsProcessor({
 *     reports: store.reports,
 *     data: store.reportData,
 *     storage: localStorage({ dir: './reports', secret: process.env.REPORTS_SECRET ?? '' }),
 *   }),
 * );
 * ```
 */
export function reportsProcessor(options: ReportsProcessorOptions): ProcessorDefinition<ReportsQueue> {
  const { reports, storage, schedules = true, now = Date.now } = options;
  const { retentionDays = RETENTION_DAYS, attachmentBytes = ATTACHMENT_BYTES } = options;
  checkLimits(retentionDays, attachmentBytes);
  const templates = byName([salesReport, ...(options.templates ?? [])]);
  const making = { ...options, retentionDays, now };
  const mailing = { reports, storage, attachmentBytes, now };

  return defineProcessor({
    queue: reportsQueue,
    enqueues: [emailQueue],
    ...(schedules ? { schedules: () => reportSchedules({ reports }) } : {}),
    async process(job) {
      const id = await findOrRequest(job, options, templates, now);
      // Another job may be about the same report.
      await job.lock(`report:${id}`);
      const task = await findTask(reports, id, job.data);
      if (task.status !== 'ready') {
        await makeReport(job, task, templateOf(templates, task.template, task.request.filters), making);
      }
      const ready = await findTask(reports, id, job.data);
      const mails = await mailReport(job, ready, mailing);
      return { reportId: id, bytes: ready.bytes ?? 0, mails };
    },
    async onExhausted(job, error) {
      const id = await reportIdOf(job);
      const task = id === undefined ? undefined : await reports.find(id);
      if (!task) return;
      const status = isJobsError(error) && error.code === ERROR_CODES.JobCancelledError ? 'cancelled' : 'failed';
      // What a database or a file system says is for the log, and not for whoever reads the status.
      const reason = isJobsError(error) ? error.message : 'It could not be made; the log of the worker says why';
      await reports.fail(task.id, status, reason);
      const ended = await reports.find(task.id);
      if (ended?.status === 'failed' || ended?.status === 'cancelled') await storage.remove(task.key);
    },
  });
}

function checkLimits(retentionDays: number, attachmentBytes: number): void {
  if (!(retentionDays > 0 && Number.isFinite(retentionDays))) {
    throw new ArgumentError('reportsProcessor: `retentionDays` must be a number of days above 0');
  }
  if (!(attachmentBytes >= 0 && attachmentBytes <= EMAIL_LIMITS.attachmentBytes)) {
    throw new ArgumentError(
      `reportsProcessor: \`attachmentBytes\` must be from 0 to ${EMAIL_LIMITS.attachmentBytes}, the limit of a mail`,
    );
  }
}

type Templates = ReadonlyMap<string, AnyReport>;

function byName(templates: readonly AnyReport[]): Templates {
  const found = new Map(templates.map((template) => [template.name, template]));
  if (found.size < templates.length) {
    const names = templates.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) < index);
    throw new ProcessorDefinitionError(`reportsProcessor: there are two reports of the name "${twice}"`);
  }
  return found;
}

/** @throws {PermanentError} for a template, or a filter of it, that does not exist */
function templateOf(templates: Templates, name: string, filters: Readonly<Record<string, string>> = {}): AnyReport {
  const template = templates.get(name);
  if (!template) {
    throw new PermanentError(`There is no report "${name}"; there are: ${[...templates.keys()].join(', ')}`);
  }
  const unknown = Object.keys(filters).find((filter) => !template.filters.includes(filter));
  if (unknown !== undefined) throw new PermanentError(`The report "${name}" has no filter "${unknown}"`);
  return template;
}

/** The report that the job is about: named by it, or made of its request, once for all of its attempts. */
async function findOrRequest(
  job: JobContext<ReportsQueue>,
  { reports, data: source }: ReportsProcessorOptions,
  templates: Templates,
  now: () => number,
): Promise<string> {
  const { data } = job;
  if ('reportId' in data) return data.reportId;
  templateOf(templates, data.template, data.filters);
  const organization = await source.organization(data.organizationId);
  if (!organization) throw noOrganization(data.organizationId);
  return await job.step('request', async () => {
    const period =
      typeof data.period === 'string' ? resolvePeriod(data.period, organization.timeZone, now()) : data.period;
    const { id } = await reports.request(withDistinctRecipients({ ...data, period }), job.id);
    await job.cache.set(rememberedKey(job), id, REMEMBERED);
    return id;
  });
}

/** @throws {PermanentError} when there is none, or it is another organization's */
async function findTask(reports: ReportStore, id: string, data: ReportJob): Promise<ReportTask> {
  const task = await reports.find(id);
  const { organizationId = task?.organizationId } = data;
  if (task && task.organizationId === organizationId) return task;
  throw new PermanentError(`There is no report "${id}"`);
}

async function reportIdOf(job: ExhaustedJob<ReportsQueue>): Promise<string | undefined> {
  if (!job.data) return undefined;
  return 'reportId' in job.data ? job.data.reportId : await job.cache.get<string>(rememberedKey(job));
}

function rememberedKey({ id }: { readonly id: string }): string {
  return `reports:job:${id}`;
}

function noOrganization(id: string): PermanentError {
  return new PermanentError(`There is no organization "${id}"`);
}
