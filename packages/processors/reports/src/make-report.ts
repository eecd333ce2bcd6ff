/** Makes the file of a report, and keeps it. */
import { abortable, defined, type JobContext, PermanentError } from '@bizinsights/jobs-core';
import { EMAIL_LOCALES } from '@bizinsights/jobs-email/queue';
import { cleanText } from './clean-text.js';
import type { AnyReport, ContentContext } from './define-report.js';
import type { ReportData, ReportMail, ReportStorage, ReportStore, ReportTask } from './ports.js';
import type { ReportFormat, ReportsQueue } from './queue.js';
import { contextFor, renderContent } from './render/render-report.js';
import type { ReportContent } from './report-content.js';

const DAY = 86_400_000;

/** What it is made with. */
export interface MakingTools {
  readonly reports: ReportStore;
  readonly data: ReportData;
  readonly storage: ReportStorage;
  readonly retentionDays: number;
  readonly now: () => number;
}

/**
 * @throws {PermanentError} when the report was cancelled or is over, and when there is no such organization
 */
export async function makeReport(
  job: JobContext<ReportsQueue>,
  task: ReportTask,
  template: AnyReport,
  tools: MakingTools,
): Promise<void> {
  const { reports, data, storage, now } = tools;
  const { id, organizationId, period, key, format, request } = task;
  const organization = await abortable(job.signal, () => data.organization(organizationId));
  if (!organization) throw new PermanentError(`There is no organization "${organizationId}"`);
  if (!(await reports.begin(id, job.id))) throw await whyNot(reports, id);
  const reached = async (progress: number, message: string) => {
    job.signal.throwIfAborted();
    if (!(await reports.progress(id, progress))) throw await whyNot(reports, id);
    await job.progress({ done: progress, total: 100, message });
  };

  await reached(5, 'Reading the figures');
  const dataVersion = await abortable(job.signal, () => data.prepare(organizationId, period));
  const { locale = organization.locale ?? 'en', timeZone = organization.timeZone, filters = {} } = request;
  const context = contextFor({ locale, timeZone });
  const query = { organizationId, period, filters };
  const content = await abortable(job.signal, () => template.make(data, query, context));
  await reached(50, 'Writing the file');
  const { signal } = job;
  const [organizationName, dayZone] = [organization.name, organization.timeZone];
  const settings = { format, locale, timeZone, organizationName, dayZone, madeAt: now(), signal };
  const bytes = await storage.write(key, (output) => renderContent(content, { ...settings, output }));
  await reached(90, 'Keeping the file');
  const finished = {
    filename: filenameOf(content, organizationName, format),
    bytes,
    dataVersion,
    expiresAt: now() + tools.retentionDays * DAY,
    mail: mailOf(content, organizationName, timeZone, context),
  };
  if (!(await reports.finish(id, finished))) {
    await storage.remove(key);
    throw await whyNot(reports, id);
  }
  await job.progress({ done: 100, total: 100, message: 'Done' });
}

async function whyNot(reports: ReportStore, id: string): Promise<PermanentError> {
  const task = await reports.find(id);
  return new PermanentError(`The report is not made: it is ${task?.status ?? 'no longer there'}`);
}

/** `Sales report, Acme, 2026-10-01 to 2026-10-31.pdf` without what file systems refuse. */
function filenameOf({ title, period }: ReportContent, organizationName: string, format: ReportFormat): string {
  const days = period.from === period.to ? period.from : `${period.from}_${period.to}`;
  const name = [title, organizationName, days].map((part) => cleanText(part.replace(/[/\\:*?"<>|]/g, ' '), 80));
  return `${name.filter((part) => part !== '').join(' - ')}.${format}`;
}

function mailOf(content: ReportContent, name: string, timeZone: string, context: ContentContext): ReportMail {
  const format = context.formatter(content.currency);
  const [reportName, organizationName] = [cleanText(content.title), cleanText(name)];
  return {
    ...defined({ locale: EMAIL_LOCALES.find((known) => known === new Intl.Locale(context.locale).language) }),
    timeZone,
    reason: cleanText(context.words.mailed(reportName, organizationName)),
    reportName,
    period: format.period(content.period),
    organizationName,
    summary: content.figures.map(({ label, value, change }) => ({
      label: cleanText(label),
      value: change === undefined ? format.cell(value) : `${format.cell(value)} (${format.change(change)})`,
    })),
  };
}
