import Holidays from 'date-holidays';
import { describe, expect, test } from 'vitest';
import type { HolidayCalendar } from '../ports.js';
import { dateHolidays } from './date-holidays.js';
import { easterSunday } from './easter.js';
import { readHolidays } from './read-holidays.js';
import { shoppingDays } from './shopping-days.js';

const german = new Holidays('DE', 'BY');

const read = async (calendar: HolidayCalendar, from: string, to: string, locale = 'en-GB') => [
  ...(await calendar.holidays({ from, to, locale, timeZone: 'Europe/Berlin' })),
];

test('Easter is where the package date-holidays has it, from 1900 to 2100', () => {
  for (let year = 1900; year <= 2100; year++) {
    const theirs = german.getHolidays(year, 'en').find(({ rule }) => rule === 'easter');
    expect(easterSunday(year)).toBe(theirs?.date.slice(0, 10));
  }
});

describe('shoppingDays', () => {
  test('knows the days that move', async () => {
    const days = await read(shoppingDays(), '2023-01-01', '2027-12-31');
    const of = (id: string) => days.filter((one) => one.id === id).map(({ day }) => day);
    expect(of('black-friday')).toEqual(['2023-11-24', '2024-11-29', '2025-11-28', '2026-11-27', '2027-11-26']);
    expect(of('cyber-monday')).toEqual(['2023-11-27', '2024-12-02', '2025-12-01', '2026-11-30', '2027-11-29']);
    expect(of('mothers-day')).toEqual(['2023-05-14', '2024-05-12', '2025-05-11', '2026-05-10', '2027-05-09']);
    expect(of('good-friday').at(-1)).toBe('2027-03-26');
    expect(of('christmas-day')).toHaveLength(5);
  });

  test('gives the days of a range in order, in the language of the organization', async () => {
    expect(await read(shoppingDays(), '2026-12-25', '2027-01-01', 'de')).toEqual([
      { day: '2026-12-25', id: 'christmas-day', name: 'Erster Weihnachtstag' },
      { day: '2026-12-26', id: 'boxing-day', name: 'Zweiter Weihnachtstag' },
      { day: '2026-12-31', id: 'new-years-eve', name: 'Silvester' },
      { day: '2027-01-01', id: 'new-year', name: 'Neujahr' },
    ]);
    expect((await read(shoppingDays(), '2026-12-25', '2026-12-25', 'fr-FR'))[0]?.name).toBe('Christmas Day');
    expect(await read(shoppingDays(), '2026-12-27', '2026-12-30')).toEqual([]);
  });
});

describe('dateHolidays', () => {
  test('has the same id for a holiday each year, also for one that moves', async () => {
    const days = await read(dateHolidays(german), '2024-01-01', '2026-12-31', 'de-DE');
    const fridays = days.filter(({ name }) => name === 'Karfreitag');
    expect(fridays.map(({ day }) => day)).toEqual(['2024-03-29', '2025-04-18', '2026-04-03']);
    expect(new Set(fridays.map(({ id }) => id)).size).toBe(1);
    expect(days.some(({ name }) => name === 'Buß- und Bettag')).toBe(false);
  });

  test('a holiday of several days is a day of its own each, and one moved by a weekend is another', async () => {
    const ends = await read(dateHolidays(new Holidays('SA')), '2026-03-20', '2026-03-31');
    expect(ends.map(({ day }) => day)).toEqual(['2026-03-20', '2026-03-21', '2026-03-22']);
    expect(new Set(ends.map(({ id }) => id)).size).toBe(3);
    const fourth = await read(dateHolidays(new Holidays('US')), '2026-07-01', '2026-07-31');
    expect(new Set(fourth.map(({ id }) => id)).size).toBe(2);
  });

  test('names fall back to a language that the package has', async () => {
    const [day] = await read(dateHolidays(german), '2026-12-25', '2026-12-25', 'xx-XX');
    expect(day?.name).toMatch(/Christmas|Weihnacht/);
  });
});

test('of several calendars a day is what the first one says', async () => {
  const asked = { from: '2026-10-01', to: '2026-12-26', locale: 'en-GB', timeZone: 'Europe/Berlin' };
  const { signal } = new AbortController();
  const report = (reason: string) => expect.fail(reason);
  const days = await readHolidays([shoppingDays(), dateHolidays(german)], asked, signal, report);
  expect(days.filter(({ day }) => day === '2026-12-25')).toEqual([
    { day: '2026-12-25', id: 'christmas-day', name: 'Christmas Day' },
  ]);
  expect(days.map(({ day }) => day)).toEqual(expect.arrayContaining(['2026-10-03', '2026-11-27']));
  expect(await readHolidays([], asked, signal, report)).toEqual([]);
});
