/** The holidays of a host's calendars, checked: one that fails loses no insight, and makes Christmas no alarm. */
import { z } from 'zod';
import type { InsightDays } from '../evidence.js';
import { askOptional } from '../optional-port.js';
import type { Holiday, HolidayCalendar } from '../ports.js';
import { shoppingDays } from './shopping-days.js';

const holidaySchema = z.object({ day: z.iso.date(), id: z.string().min(1).max(255), name: z.string().max(1_000) });

/** Where they are, and in which language. */
type Asked = InsightDays & { readonly locale: string; readonly timeZone: string };

/**
 * In order; a day that several calendars have is what the first of them says. In the place of a calendar that fails stands
 * `shoppingDays()`, and what is no holiday is left out.
 *
 * @param report hears what is wrong
 * @throws what the signal was aborted with
 */
export async function readHolidays(
  calendars: readonly HolidayCalendar[],
  asked: Asked,
  signal: AbortSignal,
  report: (reason: string, error?: unknown) => void,
): Promise<readonly Holiday[]> {
  const days = new Map<string, Holiday>();
  for (const calendar of calendars) {
    const known = new Set(days.keys());
    const own = await holidaysOf(calendar, asked, signal, report);
    for (const holiday of own) if (!known.has(holiday.day)) days.set(holiday.day, holiday);
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

async function holidaysOf(
  calendar: HolidayCalendar,
  asked: Asked,
  signal: AbortSignal,
  report: (reason: string, error?: unknown) => void,
): Promise<readonly Holiday[]> {
  const failed = (error: Error) => report('A calendar has failed: `shoppingDays()` stands in its place', error);
  const ask = async (): Promise<readonly unknown[]> => {
    const given: unknown = await calendar.holidays(asked);
    if (Array.isArray(given)) return given;
    throw new Error('It has given no list of holidays');
  };
  const given = await askOptional(signal, ask, failed);
  if (!given) return await shoppingDays().holidays(asked);
  const valid = given.flatMap((one) => {
    const { data } = holidaySchema.safeParse(one);
    return data ? [data] : [];
  });
  if (valid.length < given.length) {
    const reason = 'each needs a `day` such as 2026-11-27, an `id` and a `name`';
    report(`Of a calendar ${given.length - valid.length} holidays are left out: ${reason}`);
  }
  return valid;
}
