/** The holidays of a country, by the package date-holidays. */
import { ArgumentError } from '@bizinsights/jobs-core';
import { addDays } from '../periods.js';
import type { Holiday, HolidayCalendar } from '../ports.js';
import { checkAsked, missingMethods, shownValue } from '../reading/given.js';

/** What is used of an instance of `Holidays` of the package date-holidays. */
export interface DateHolidaysInstance {
  getHolidays(
    year: number,
    language?: string,
  ): readonly {
    /** `2026-12-24 14:00:00`, in the time of the country. */
    readonly date: string;
    readonly start: Date;
    readonly end: Date;
    readonly name: string;
    readonly type: string;
    /** `easter -2`: the same each year. */
    readonly rule: string;
    readonly substitute?: boolean;
  }[];
}

const DAY = 86_400_000;

/** Too many days, and too different from school to school, to sell otherwise on them. */
const LEFT_OUT = 'school';

/**
 * The holidays of a country, a state or a region, as the package date-holidays has them: public ones, those of banks and
 * observances such as Mother's Day. It has no Black Friday in most countries: give it beside `shoppingDays()`. Names are in the
 * organization's language, where the package has them.
 *
 * @throws {ArgumentError} for what is no instance of `Holidays`
 * @example
 * ```ts
 * import { dateHolidays, insightsProcessor, shoppingDays } from '@bizinsights/jobs-insights';
 *
 * jobs.registerProcessor(
 *   insightsProcessor({
 *     metrics: store.metrics,
 *     insights: store.insights,
 *     calendar: [shoppingDays(), dateHolidays(new Holidays('DE', 'BY'))],
 *   }),
 * );
 * ```
 */
export function dateHolidays(holidays: DateHolidaysInstance): HolidayCalendar {
  if (missingMethods(holidays, ['getHolidays']).length > 0) {
    throw new ArgumentError(`dateHolidays was given ${shownValue(holidays)}: give it new Holidays('DE')`);
  }
  return {
    holidays(asked) {
      checkAsked('holidays', asked);
      const { from, to, locale } = asked;
      const [language] = locale.split('-');
      const found: Holiday[] = [];
      // A holiday of several days may have begun in the year before.
      for (let year = Number(from.slice(0, 4)) - 1; year <= Number(to.slice(0, 4)); year++) {
        for (const one of holidays.getHolidays(year, language)) {
          if (one.type === LEFT_OUT) continue;
          const days = Math.max(1, Math.round((one.end.getTime() - one.start.getTime()) / DAY));
          for (let offset = 0; offset < days; offset++) {
            const id = [
              one.rule,
              ...(one.substitute ? ['substitute'] : []),
              ...(offset > 0 ? [`day ${offset + 1}`] : []),
            ];
            found.push({ day: addDays(one.date.slice(0, 10), offset), id: id.join(' '), name: one.name });
          }
        }
      }
      return found.filter(({ day }) => day >= from && day <= to).sort((a, b) => (a.day < b.day ? -1 : 1));
    },
  };
}
