/** Figures and days as people write them. */
import { decimalsOf } from '@bizinsights/jobs-platforms';
import type { InsightEvidence } from '../evidence.js';
import type { MetricCalendar } from '../ports.js';

/** What a locale that there is not is replaced by. */
const DEFAULT_LOCALE = 'en';

/** How a locale writes figures. */
export interface Formats {
  /** In the unit of the evidence: `€1,234.50`, `1,234`, `2.5%`. */
  figure(value: number, evidence: Pick<InsightEvidence, 'unit' | 'currency'>): string;
  /** How large a change is, without its direction: `40%`. */
  change(change: number): string;
  /** `November 24, 2026` */
  day(day: string): string;
}

/** @param calendar of which a locale that this Node does not know is taken for English */
export function formatsOf({ locale: wanted }: Pick<MetricCalendar, 'locale'>): Formats {
  const locale = isLocale(wanted) ? wanted : DEFAULT_LOCALE;
  const percent = (digits: number) =>
    new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: digits });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC', calendar: 'gregory' });
  return {
    figure(value, { unit, currency = '' }) {
      if (unit === 'minor-units') return money(locale, value, currency);
      if (unit === 'share') return percent(2).format(value);
      return new Intl.NumberFormat(locale, { maximumFractionDigits: unit === 'factor' ? 2 : 1 }).format(value);
    },
    change(change) {
      const size = Math.abs(change);
      return percent(size < 0.1 ? 1 : 0).format(size);
    },
    day: (day) => days.format(new Date(day)),
  };
}

function isLocale(locale: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale).length > 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The decimals are those of ISO 4217, as everywhere here: `Intl` has others for some currencies. */
function money(locale: string, minorUnits: number, currency: string): string {
  const digits = decimalsOf(currency);
  const style = { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(locale, style).format(minorUnits / 10 ** digits);
}
