/** `renderReport`: a report as a file. */
import type { Writable } from 'node:stream';
import type { ContentContext, ReportDefinition } from '../define-report.js';
import { createFormatter, knownLocale } from '../formatter.js';
import type { ReportFormat } from '../queue.js';
import type { ReportContent } from '../report-content.js';
import { wordsOf } from '../words.js';
import { writeCsv } from './csv.js';
import type { Page } from './page.js';
import { writePdf } from './pdf.js';
import { writeXlsx } from './xlsx.js';

/** How a report is written, whatever it says. */
export interface RenderSettings {
  readonly format: ReportFormat;
  /** BCP 47: how numbers and days are written; German words for `de`, else English ones. */
  readonly locale: string;
  /** IANA: of the time at which it was made. */
  readonly timeZone: string;
  /** Gets the file, and is ended. */
  readonly output: Writable;
  /** Shown beside the title. */
  readonly organizationName?: string | undefined;
  /** IANA: of the days of the figures. Default: `timeZone`. */
  readonly dayZone?: string | undefined;
  /** When it is made, epoch ms. Default: now. */
  readonly madeAt?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What `renderReport` takes. */
export interface RenderOptions<Data> extends RenderSettings {
  /** What the report is made from: for `sales` the result of `store.reportData.sales(organizationId, period)`. */
  readonly data: Data;
}

const WRITERS: Readonly<
  Record<ReportFormat, (content: ReportContent, page: Page, settings: RenderSettings) => Promise<void>>
> = {
  pdf: writePdf,
  xlsx: writeXlsx,
  csv: writeCsv,
};

/** How files of each format are called on the web. */
export const MEDIA_TYPES: Readonly<Record<ReportFormat, string>> = {
  pdf: 'application/pdf',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
};

/**
 * Writes a report to a stream, without a queue or a store. Resolves when `output` has taken all of it.
 *
 * @throws what `output` fails with, and the reason of `signal`
 * @example
 * ```ts
 * import { createWriteStream } from 'node:fs';
 *
 * const data = await store.reportData.sales('acme', { from: '2026-10-01', to: '2026-10-31' });
 * const output = createWriteStream('october.pdf');
 * await renderReport(salesReport, { format: 'pdf', data, locale: 'en', timeZone: 'Europe/Berlin', output });
 * ```
 */
export async function renderReport<Data>(
  report: Pick<ReportDefinition<Data>, 'content'>,
  { data, ...settings }: RenderOptions<Data>,
): Promise<void> {
  await renderContent(report.content(data, contextFor(settings)), settings);
}

/** With what the content of a report is written. */
export function contextFor({ locale, timeZone }: Pick<RenderSettings, 'locale' | 'timeZone'>): ContentContext {
  const known = knownLocale(locale);
  const formatter = (currency: string) => createFormatter({ locale: known, timeZone, currency });
  return { locale: known, words: wordsOf(known), formatter };
}

export async function renderContent(content: ReportContent, settings: RenderSettings): Promise<void> {
  const { timeZone, organizationName = '', dayZone = timeZone, madeAt = Date.now() } = settings;
  const { locale, words, formatter } = contextFor(settings);
  const format = formatter(content.currency);
  const page: Page = { locale, words, format, organizationName, dayZone, madeAt: format.moment(madeAt) };
  settings.signal?.throwIfAborted();
  await WRITERS[settings.format](content, page, settings);
}
