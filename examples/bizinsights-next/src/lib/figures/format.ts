/** Figures, days and times as the organization writes them. */

/** Whose formats are used. */
export interface Formats {
  /** BCP 47. */
  readonly locale: string;
  /** ISO 4217. */
  readonly currency: string;
  /** IANA. */
  readonly timeZone: string;
}

/** How a figure is written. Money is in minor units, a share of 0.02 is 2 %. */
export type Unit = 'money' | 'count' | 'share' | 'ratio';

export function formatsOf(organization: {
  readonly currency: string;
  readonly timeZone: string;
  readonly locale?: string | undefined;
}): Formats {
  const { currency, timeZone, locale = 'en' } = organization;
  return { currency, timeZone, locale };
}

/** In which language insights are worded: the pages are in English. */
export function wordsLanguage({ locale }: Formats): 'de' | 'en' {
  return new Intl.Locale(locale).language === 'de' ? 'de' : 'en';
}

/** `–` for what is not known. */
export function formatFigure(value: number | null | undefined, unit: Unit, formats: Formats): string {
  if (value === null || value === undefined) return '–';
  return numberFormat(unit, formats).format(unit === 'money' ? toMajor(value, formats.currency) : value);
}

/** Short, for the axis of a chart: `12K`. */
export function formatTick(value: number, unit: Unit, formats: Formats): string {
  const format = numberFormat(unit, formats, unit === 'share' ? {} : { notation: 'compact', maximumFractionDigits: 1 });
  return format.format(unit === 'money' ? toMajor(value, formats.currency) : value);
}

/** `+4.2%`. */
export function formatChange(change: number, { locale }: Formats): string {
  return new Intl.NumberFormat(locale, {
    style: 'percent',
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  }).format(change);
}

/** From so many times on, a change is written as a multiple, as the words of insights are: 300 % more is four times as much. */
const MULTIPLE = 4;

/** `+4.2%`, `53 times`. What is 0 or less has no multiples. */
export function formatDifference(change: number, expected: number, formats: Formats): string {
  if (!(expected > 0 && 1 + change >= MULTIPLE)) return formatChange(change, formats);
  const digits = 1 + change < 10 ? 1 : 0;
  return `${new Intl.NumberFormat(formats.locale, { maximumFractionDigits: digits }).format(1 + change)} times`;
}

/** A calendar day, `2026-11-24`, which has no zone. */
export function formatDay(day: string, { locale }: Formats, style: 'short' | 'long' = 'long'): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    ...(style === 'long' ? { year: 'numeric' } : {}),
  }).format(Date.parse(day));
}

/** One day, or the first and the last of several. */
export function formatDays({ from, to }: { readonly from: string; readonly to: string }, formats: Formats): string {
  return from === to ? formatDay(from, formats) : `${formatDay(from, formats)} – ${formatDay(to, formats)}`;
}

/** @param at epoch ms */
export function formatTime(at: number, { locale, timeZone }: Formats): string {
  return new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium', timeStyle: 'short' }).format(at);
}

/** Today in the organization's zone: `2026-11-24`. */
export function todayIn(timeZone: string, now: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(now);
}

export function formatBytes(bytes: number, { locale }: Formats): string {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1_000, 'kilobyte'] : [bytes / 1_000_000, 'megabyte'];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
}

function numberFormat(
  unit: Unit,
  { locale, currency }: Formats,
  more: Intl.NumberFormatOptions = {},
): Intl.NumberFormat {
  switch (unit) {
    case 'money':
      return new Intl.NumberFormat(locale, { style: 'currency', currency, ...more });
    case 'share':
      return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2, ...more });
    case 'ratio':
      return new Intl.NumberFormat(locale, { maximumFractionDigits: 2, ...more });
    case 'count':
      return new Intl.NumberFormat(locale, more);
  }
}

function toMajor(minor: number, currency: string): number {
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  return minor / 10 ** maximumFractionDigits;
}
