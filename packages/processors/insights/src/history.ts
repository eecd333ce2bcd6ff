/** What a run looks at: the days of an organization, those that are judged and up to three years before them. */
import { abortable } from '@bizinsights/jobs-core';
import { readHolidays } from './calendar/read-holidays.js';
import { askOptional } from './optional-port.js';
import { addDays, PERIOD_DAYS } from './periods.js';
import type {
  Holiday,
  HolidayCalendar,
  IntegrationDays,
  MetricCalendar,
  MetricDay,
  MetricSource,
  MetricTarget,
  MetricTargets,
} from './ports.js';
import type { InsightPeriod } from './queue.js';
import { readDays, readIntegrations } from './reading/read-days.js';
import { readTargets } from './reading/read-targets.js';

/** What is judged is judged by so many days before it, at most. */
const YEARS_BEFORE = 3 * 365 + 1;

/** So many coming days have their holidays, for forecasts. */
const AHEAD = 366;

/** All that findings are made of: pure functions turn it into findings. */
export interface History {
  readonly calendar: MetricCalendar;
  readonly period: InsightPeriod;
  /** How many of the last days are judged. */
  readonly length: number;
  /** Each day up to yesterday, oldest first. */
  readonly days: readonly MetricDay[];
  /** Those of these days and of the coming year, in order. */
  readonly holidays: readonly Holiday[];
  readonly targets: readonly MetricTarget[];
  /** Empty where the source does not know it. */
  readonly integrations: readonly IntegrationDays[];
}

/** Where a history comes from. */
export interface HistorySources {
  readonly metrics: MetricSource;
  /** A day that several have is what the first of them says. */
  readonly calendars?: readonly HolidayCalendar[];
  readonly targets?: MetricTargets;
  /** Hears what is left out: a calendar or targets that fail, what is invalid of them. Default: nothing. */
  readonly report?: (reason: string, error?: unknown) => void;
}

/** Reads the days that a period needs. The figures are up to date. */
export async function readHistory(
  organizationId: string,
  period: InsightPeriod,
  calendar: MetricCalendar,
  sources: HistorySources,
  signal: AbortSignal,
): Promise<History> {
  const { metrics, report = () => undefined } = sources;
  const { locale, timeZone, today } = calendar;
  const length = PERIOD_DAYS[period];
  const range = { from: addDays(today, -length - YEARS_BEFORE), to: addDays(today, -1) };
  const given = await abortable(signal, () =>
    metrics.daily(organizationId, { ...range, everyDay: true, uncertain: true }),
  );
  const days = readDays(given, range);
  const coverage = await abortable(signal, async () => (await metrics.coverage?.(organizationId, range)) ?? []);
  const integrations = readIntegrations(coverage);
  const ahead = { from: range.from, to: addDays(today, AHEAD) };
  const holidays = await readHolidays(sources.calendars ?? [], { ...ahead, locale, timeZone }, signal, report);
  const failed = (error: Error) => report('The targets have failed: they are left out', error);
  const wanted: unknown = await askOptional(signal, async () => await sources.targets?.targets(organizationId), failed);
  const targets = readTargets(wanted ?? [], report);
  return { calendar, period, length, days, holidays, targets, integrations };
}
