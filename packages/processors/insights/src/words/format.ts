/** Figures and days as people write them. */
import { defined } from '@bizinsights/jobs-core/define';
import { decimalsOf } from '@bizinsights/jobs-platforms';
import type { InsightDays, InsightEvidence } from '../evidence.js';
import type { MetricCalendar } from '../ports.js';
import { plainName } from './plain-name.js';

/** What a locale that there is not is replaced by. */
const DEFAULT_LOCALE = 'en';

/** The languages that there are texts in. */
export type Language = 'en' | 'de';

/** How a locale writes figures. */
export interface Formats {
  /** That of the locale where there are texts in it, otherwise English. */
  readonly language: Language;
  /** In the unit of the evidence: `€1,234.50`, `€12,346`, `1,234`, `2.5%`. */
  figure(value: number, evidence: Pick<InsightEvidence, 'unit' | 'currency'>): string;
  /** The same of a figure that has been rounded, without cents where it has none: `€1,200`. */
  rounded(value: number, evidence: Pick<InsightEvidence, 'unit' | 'currency'>): string;
  /** `1,234` */
  number(value: number): string;
  /** How large a change is, without its direction: `40%`. */
  change(change: number): string;
  /** How many times something else a figure is: `4.2`, `53`. */
  multiple(multiple: number): string;
  /** `November 24, 2026` */
  day(day: string): string;
  /** `November 24`, where the year follows: else with its year. */
  dayBefore(day: string, later: string): string;
  /** For titles: `Nov 24, 2026` */
  shortDay(day: string): string;
  /** For titles: `Nov 20 – 24, 2026` */
  shortDays(days: InsightDays): string;
  /** In the language of the texts: `Tuesday`. 0 is Sunday. */
  weekday(weekday: number): string;
  /** In the language of the texts: `January`. 1 is January. */
  month(month: number): string;
  /** In the language of the texts: `a, b and c`. */
  list(items: readonly string[]): string;
}

/** @param calendar of which a locale that this Node does not know is taken for English */
export function formatsOf({ locale: wanted }: Pick<MetricCalendar, 'locale'>): Formats {
  const locale = isLocale(wanted) ? wanted : DEFAULT_LOCALE;
  const language = languageOf(locale);
  const percent = (digits: number) =>
    new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: digits });
  const days = dates(locale, { dateStyle: 'long' });
  const withoutYear = dates(locale, { month: 'long', day: 'numeric' });
  const shortDays = dates(locale, { dateStyle: 'medium' });
  const weekdays = dates(language, { weekday: 'long' });
  const months = dates(language, { month: 'long' });
  const lists = new Intl.ListFormat(language === 'en' ? 'en-GB' : language, { type: 'conjunction' });
  const number = (value: number, digits = 1) =>
    new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  const figure: Formats['figure'] = (value, { unit, currency }) => {
    if (unit === 'minor-units') return money(locale, value, currency, digitsOf(value, currency));
    if (unit === 'share') return percent(2).format(value);
    // Half an order is an average; half a visit of thousands is noise.
    return number(value, unit === 'factor' ? 2 : Math.abs(value) < 100 ? 1 : 0);
  };
  return {
    language,
    figure,
    rounded(value, { unit, currency }) {
      const isWhole = unit === 'minor-units' && value % 10 ** decimalsOf(currency ?? '') === 0;
      return isWhole ? money(locale, value, currency, 0) : figure(value, { unit, ...defined({ currency }) });
    },
    number,
    change(change) {
      const size = Math.abs(change);
      return percent(size < 0.1 ? 1 : 0).format(size);
    },
    multiple: (multiple) => number(multiple, multiple < 10 ? 1 : 0),
    day: (day) => days.format(new Date(day)),
    dayBefore: (day, later) => (day.slice(0, 4) === later.slice(0, 4) ? withoutYear : days).format(new Date(day)),
    shortDay: (day) => shortDays.format(new Date(day)),
    // It writes thin spaces, which some mail programs show as boxes.
    shortDays: ({ from, to }) => shortDays.formatRange(new Date(from), new Date(to)).replaceAll('\u2009', ' '),
    // The first day of 2023 was a Sunday.
    weekday: (weekday) => weekdays.format(Date.UTC(2023, 0, 1 + weekday)),
    month: (month) => months.format(Date.UTC(2023, month - 1, 1)),
    list: (items) => lists.format(items),
  };
}

function dates(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC', calendar: 'gregory' });
}

/** 0 is Sunday. */
export function weekdayOf(day: string): number {
  return new Date(day).getUTCDay();
}

/** Whether days after its window are known: what went on until the last known day has not ended. */
export function hasEnded({ window, series }: Pick<InsightEvidence, 'window' | 'series'>): boolean {
  return series.some(({ day, value }) => day > window.to && value !== null);
}

/** How many days it is about, both ends included. */
export function daysIn({ from, to }: InsightDays): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}

function languageOf(locale: string): Language {
  return new Intl.Locale(locale).language === 'de' ? 'de' : 'en';
}

function isLocale(locale: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale).length > 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The cents of tens of thousands say nothing. */
const WITHOUT_CENTS = 10_000;

function digitsOf(minorUnits: number, currency = ''): number {
  const decimals = decimalsOf(currency);
  return Math.abs(minorUnits) / 10 ** decimals >= WITHOUT_CENTS ? 0 : decimals;
}

/** The decimals are those of ISO 4217, as everywhere here: `Intl` has others for some currencies. */
function money(locale: string, minorUnits: number, currency = '', digits = decimalsOf(currency)): string {
  const amount = minorUnits / 10 ** decimalsOf(currency);
  const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  // `Intl` takes any three letters, and throws for all else that a host may call its currency.
  if (/^[a-z]{3}$/i.test(currency)) {
    return new Intl.NumberFormat(locale, { style: 'currency', currency, ...fraction }).format(amount);
  }
  return `${new Intl.NumberFormat(locale, fraction).format(amount)} ${plainName(currency, 10)}`.trimEnd();
}
