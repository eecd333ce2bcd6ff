/** Several calendars as one. */
import type { Holiday, HolidayCalendar } from '../ports.js';

/** A day that several have is what the first of them says. */
export function mergedCalendar(calendars: readonly HolidayCalendar[]): HolidayCalendar {
  return {
    async holidays(range) {
      const days = new Map<string, Holiday>();
      for (const calendar of calendars) {
        const own = await calendar.holidays(range);
        const known = new Set(days.keys());
        for (const holiday of own) if (!known.has(holiday.day)) days.set(holiday.day, holiday);
      }
      return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
    },
  };
}
