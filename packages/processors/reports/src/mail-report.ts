/** Sends a report to its recipients: a job of the queue `email-sending` for each. */
import { defined, type JobContext, JobDataError, PermanentError } from '@bizinsights/jobs-core';
import { EMAIL_LIMITS, type EmailAttachment, emailQueue } from '@bizinsights/jobs-email/queue';
import type { ReportStorage, ReportStore, ReportTask } from './ports.js';
import type { ReportsQueue } from './queue.js';
import { MEDIA_TYPES } from './render/render-report.js';

/** A link in a mail works for so long, and never longer than the report. ms */
const LINK_LIFE = 14 * 86_400_000;

export interface MailingTools {
  readonly reports: ReportStore;
  readonly storage: ReportStorage;
  readonly attachmentBytes: number;
  readonly now: () => number;
}

/**
 * Adds the mails that have not been added. Each has an id and a key of its own, and is kept with the report once it is added:
 * so nobody gets two, whatever is tried again.
 *
 * @returns how many there are by now
 * @throws {PermanentError} for a file that is gone, and one that is too large where the storage has no address for links
 */
export async function mailReport(
  job: JobContext<ReportsQueue>,
  report: ReportTask,
  tools: MailingTools,
): Promise<number> {
  const { recipients = [] } = report.request;
  const mailed = new Set(report.mailed);
  const left = recipients.filter((recipient) => !mailed.has(recipient));
  if (left.length === 0) return mailed.size;
  const message = await messageOf(report, tools);
  for (const recipient of left) {
    const id = `report-${report.id}-${recipients.indexOf(recipient)}`;
    try {
      // The key holds also where the first mail was sent and its job is gone.
      await job.enqueue(emailQueue, { ...message, to: recipient, idempotencyKey: id }, { id });
    } catch (error) {
      if (!(error instanceof JobDataError)) throw error;
      // The queue of mails is stricter about addresses. The others get theirs.
      job.logger.warn({ err: error }, `Recipient ${recipients.indexOf(recipient) + 1} can't be sent the report`);
      continue;
    }
    await tools.reports.markMailed(report.id, recipient);
    mailed.add(recipient);
  }
  return mailed.size;
}

async function messageOf(report: ReportTask, { storage, attachmentBytes, now }: MailingTools) {
  const { organizationId, mail, bytes = 0, expiresAt = now() + LINK_LIFE } = report;
  if (!mail) throw new PermanentError('The report is not ready to be mailed');
  const expiresIn = Math.max(0, Math.min(LINK_LIFE, expiresAt - now()));
  const url = storage.downloadUrl(report, { expiresIn });
  const isAddress = /^https?:\/\//.test(url);
  const isAttached = bytes <= (isAddress ? attachmentBytes : EMAIL_LIMITS.attachmentBytes);
  if (!isAttached && !isAddress) {
    throw new PermanentError(
      `The report of ${bytes} bytes is too large for a mail: give localStorage a whole address as \`baseUrl\`, for links`,
    );
  }
  const link = { downloadUrl: url, expiresAt: new Date(now() + expiresIn).toISOString() };
  const attachments = isAttached ? [await attachmentOf(report, storage)] : undefined;
  const organizationName = mail.organizationName === '' ? undefined : mail.organizationName;
  return {
    template: 'report-delivery' as const,
    organizationId,
    timeZone: mail.timeZone,
    variables: {
      reportName: mail.reportName,
      period: mail.period,
      summary: mail.summary.map((fact) => ({ ...fact })),
      reason: mail.reason,
      ...defined({ organizationName }),
      ...(isAttached ? {} : link),
    },
    ...defined({ locale: mail.locale, attachments }),
  };
}

async function attachmentOf(report: ReportTask, storage: ReportStorage): Promise<EmailAttachment> {
  const { format, key, filename = `report.${format}` } = report;
  const file = await storage.read(key);
  if (!file) throw new PermanentError('The file of the report is gone');
  const pieces: Uint8Array[] = [];
  for await (const piece of file) pieces.push(piece);
  return { filename, content: Buffer.concat(pieces).toString('base64'), contentType: MEDIA_TYPES[format] };
}
