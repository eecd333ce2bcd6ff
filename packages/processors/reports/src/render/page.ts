/** What all formats show around the content. */
import { cleanText } from '../clean-text.js';
import type { Formatter } from '../formatter.js';
import type { ReportContent } from '../report-content.js';
import type { Words } from '../words.js';

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
