/** The days of a year on which shops sell more or less than usual, by rules: no package, no network. */
import { addDays } from '../periods.js';
import type { Holiday, HolidayCalendar } from '../ports.js';
import { checkAsked } from '../reading/given.js';
import { easterSunday } from './easter.js';

interface ShoppingDay {
  readonly id: string;
  readonly en: string;
  readonly de: string;
  /** Of a year: `2026-11-27`. */
  readonly dayIn: (year: number) => string;
}

/** A day of the same date each year: `02-14`. */
const on = (date: string) => (year: number) => `${String(year).padStart(4, '0')}-${date}`;

const easter = (offset: number) => (year: number) => addDays(easterSunday(year), offset);

/** @param weekday 0 is Sunday */
const weekdayOf = (month: string, weekday: number, count: number, offset: number) => (year: number) => {
  const first = on(`${month}-01`)(year);
  const ahead = (weekday - new Date(first).getUTCDay() + 7) % 7;
  return addDays(first, ahead + 7 * (count - 1) + offset);
};

const DAYS: readonly ShoppingDay[] = [
  { id: 'new-year', en: 'New Year', de: 'Neujahr', dayIn: on('01-01') },
  { id: 'valentines-day', en: 'Valentine’s Day', de: 'Valentinstag', dayIn: on('02-14') },
  { id: 'good-friday', en: 'Good Friday', de: 'Karfreitag', dayIn: easter(-2) },
  { id: 'easter-sunday', en: 'Easter Sunday', de: 'Ostersonntag', dayIn: easter(0) },
  { id: 'easter-monday', en: 'Easter Monday', de: 'Ostermontag', dayIn: easter(1) },
  // The second Sunday of May, as in Germany, the United States and most countries.
  { id: 'mothers-day', en: 'Mother’s Day', de: 'Muttertag', dayIn: weekdayOf('05', 0, 2, 0) },
  { id: 'halloween', en: 'Halloween', de: 'Halloween', dayIn: on('10-31') },
  { id: 'singles-day', en: 'Singles’ Day', de: 'Singles’ Day', dayIn: on('11-11') },
  // The day after Thanksgiving, which is the fourth Thursday of November.
  { id: 'black-friday', en: 'Black Friday', de: 'Black Friday', dayIn: weekdayOf('11', 4, 4, 1) },
  { id: 'cyber-monday', en: 'Cyber Monday', de: 'Cyber Monday', dayIn: weekdayOf('11', 4, 4, 4) },
  { id: 'christmas-eve', en: 'Christmas Eve', de: 'Heiligabend', dayIn: on('12-24') },
  { id: 'christmas-day', en: 'Christmas Day', de: 'Erster Weihnachtstag', dayIn: on('12-25') },
  { id: 'boxing-day', en: 'Boxing Day', de: 'Zweiter Weihnachtstag', dayIn: on('12-26') },
  { id: 'new-years-eve', en: 'New Year’s Eve', de: 'Silvester', dayIn: on('12-31') },
];

/**
 * The calendar that insights have unless another is given: New Year, Valentine's Day, Easter, Mother's Day, Halloween,
 * Singles' Day, Black Friday, Cyber Monday and Christmas. Names are in German for a German locale, and in English otherwise.
 *
 * @example
 * ```ts
 * const [blackFriday] = await shoppingDays().holidays({
 *   ...{ from: '2026-11-20', to: '2026-11-28' },
 *   ...{ locale: 'de-DE', timeZone: 'Europe/Berlin' },
 * });
 * console.log(blackFriday); // { day: '2026-11-27', id: 'black-friday', name: 'Black Friday' }
 * ```
 */
export function shoppingDays(): HolidayCalendar {
  return {
    holidays(asked) {
      checkAsked('holidays', asked);
      const { from, to, locale } = asked;
      const name = /^de\b/i.test(locale) ? 'de' : 'en';
      const found: Holiday[] = [];
      for (let year = yearOf(from); year <= yearOf(to); year++) {
        for (const day of DAYS) found.push({ day: day.dayIn(year), id: day.id, name: day[name] });
      }
      return found.filter(({ day }) => day >= from && day <= to).sort((a, b) => (a.day < b.day ? -1 : 1));
    },
  };
}

function yearOf(day: string): number {
  return Number(day.slice(0, 4));
}
