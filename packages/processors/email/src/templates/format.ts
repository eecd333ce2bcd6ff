/** Times and figures in mails, in the receiver's language and zone. */
import type { EmailContext } from '../template.js';
import { texts } from './texts/languages.js';

/** `5 November 2026, 15:00 CET`, `5. November 2026, 15:00 Uhr (MEZ)`. */
export function formatTime(iso: string, { locale, timeZone }: Pick<EmailContext, 'locale' | 'timeZone'>): string {
  const { language, moment } = texts[locale];
  const at = new Date(iso);
  const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', year: 'numeric', timeZone }).format(
    at,
  );
  // Put together here: what Intl writes between day and time differs between versions of Node, and the same mail must
  // come out the same on every worker.
  const clock = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    timeZone,
  });
  const parts = new Map(clock.formatToParts(at).map(({ type, value }) => [type, value]));
  return moment(day, `${parts.get('hour')}:${parts.get('minute')}`, parts.get('timeZoneName') ?? timeZone);
}

/** Numbers as the language writes them, with all that a double is sure of; texts as they are. */
export function formatFigure(figure: number | string, { locale }: Pick<EmailContext, 'locale'>): string {
  if (typeof figure === 'string') return figure;
  return new Intl.NumberFormat(texts[locale].language, { maximumSignificantDigits: 15 }).format(figure || 0);
}
