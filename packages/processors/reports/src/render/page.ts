/** What all formats show around the content. */
import type { Writable } from 'node:stream';
import { cleanText } from '../clean-text.js';
import type { Formatter } from '../formatter.js';
import type { ReportFormat } from '../queue.js';
import type { ReportContent } from '../report-content.js';
import type { Words } from '../words.js';

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

export interface Page {
  readonly locale: string;
  readonly words: Words;
  readonly format: Formatter;
  readonly organizationName: string;
  /** IANA: of the days. */
  readonly dayZone: string;
  /** As the reader writes it. */
  readonly madeAt: string;
}

/** Label and value of each line that says what the report is about. */
export function aboutLines(content: ReportContent, page: Page): readonly (readonly [string, string])[] {
  const { words, format, organizationName, dayZone, madeAt } = page;
  return [
    ...(organizationName === '' ? [] : [[words.organization, cleanText(organizationName)] as const]),
    [words.period, format.period(content.period)],
    [words.timeZone, dayZone],
    [words.currency, content.currency],
    [words.madeAt, madeAt],
  ];
}
