/** The week that a digest is about. */
import { dayIn, isTimeZone } from '@bizinsights/jobs-core/define';
import type { EmailLocale } from '@bizinsights/jobs-email/queue';
import { addDays } from '../periods.js';

const DAY = 86_400_000;

/** ms */
export const WEEK = 7 * DAY;

/** Day before month in both, as in the other mails. */
const LANGUAGES: Readonly<Record<EmailLocale, string>> = { en: 'en-GB', de: 'de-DE' };

/** The Monday of the week of a moment, in a zone: `2026-11-23`. */
export function mondayOf(moment: number, timeZone: string): string {
  const today = dayIn(zoneOf(timeZone), moment);
  return addDays(today, -((new Date(today).getUTCDay() + 6) % 7));
}

/** The seven whole days before a moment, as a reader says it: `16–22 November 2026`. */
export function weekLabel(moment: number, timeZone: string, locale: EmailLocale): string {
  const today = dayIn(zoneOf(timeZone), moment);
  const format = new Intl.DateTimeFormat(LANGUAGES[locale], { dateStyle: 'long', timeZone: 'UTC' });
  return format.formatRange(Date.parse(addDays(today, -7)), Date.parse(addDays(today, -1)));
}

const zoneOf = (timeZone: string) => (isTimeZone(timeZone) ? timeZone : 'UTC');
