/** Values as people read them, by `Intl`. */
import { decimalsOf } from '@bizinsights/jobs-platforms';
import type { Cell } from './report-content.js';

export interface Formatter {
  cell(cell: Cell): string;
  change(value: number): string;
  count(value: number): string;
  /** Minor units, without decimals where it is large: for the axis of a chart. */
  shortMoney(value: number): string;
  /** `2026-11-24` */
  day(day: string): string;
  period(period: { readonly from: string; readonly to: string }): string;
  /** Epoch ms. */
  moment(at: number): string;
}

export interface FormatterOptions {
  readonly locale: string;
  /** IANA. */
  readonly timeZone: string;
  readonly currency: string;
}

/** What is not known, or can't be calculated. */
const NONE = '–';

/** Minor units to major ones: 1999 cents are 19.99 euros. */
export function inMajor(value: number, currency: string): number {
  return value / 10 ** decimalsOf(currency);
}

/** The locale, or English where Intl does not know it. */
export function knownLocale(locale: string | undefined): string {
  try {
    return Intl.getCanonicalLocales(locale ?? 'en')[0] ?? 'en';
  } catch {
    return 'en';
  }
}

export function createFormatter({ locale, timeZone, currency }: FormatterOptions): Formatter {
  const decimals = decimalsOf(currency);
  const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options);
  const moneyFormat = number({
    style: 'currency',
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  const shortMoneyFormat = number({
    ...{ style: 'currency', currency, notation: 'compact' },
    ...{ minimumFractionDigits: 0, maximumFractionDigits: 1 },
  });
  const countFormat = number({ maximumFractionDigits: 0 });
  const percentFormat = number({ style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const changeFormat = number({
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  });
  const ratioFormat = number({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
  // Days are of no zone: as moments they are the midnights of UTC.
  const dayFormat = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const monthFormat = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const rangeFormat = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  const momentFormat = new Intl.DateTimeFormat(locale, {
    ...{ year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
    timeZone,
  });
  const numbers: Record<Exclude<Cell['kind'], 'text' | 'day'>, (value: number) => string> = {
    money: (value) => moneyFormat.format(inMajor(value, currency)),
    count: (value) => countFormat.format(value),
    percent: (value) => percentFormat.format(value),
    change: (value) => changeFormat.format(value),
    ratio: (value) => ratioFormat.format(value),
  };
  const day = (text: string) => dayFormat.format(Date.parse(text));
  return {
    cell(cell) {
      if (cell.kind === 'text') return cell.value;
      if (cell.kind === 'day') return day(cell.value);
      return cell.value === undefined ? NONE : numbers[cell.kind](cell.value);
    },
    change: numbers.change,
    count: numbers.count,
    shortMoney: (value) => shortMoneyFormat.format(inMajor(value, currency)),
    day,
    period(period) {
      if (isMonth(period)) return monthFormat.format(Date.parse(period.from));
      return rangeFormat.formatRange(Date.parse(period.from), Date.parse(period.to));
    },
    moment: (at) => momentFormat.format(at),
  };
}

/** From the first to the last day of one month. */
function isMonth({ from, to }: { readonly from: string; readonly to: string }): boolean {
  const next = new Date(Date.parse(to) + 86_400_000).toISOString();
  return from.slice(0, 7) === to.slice(0, 7) && from.endsWith('-01') && next.slice(8, 10) === '01';
}
