/**
 * What a host's source of figures says, checked at the edge: without days there are no insights, so what is none fails the job at
 * once, with the place, and is not taken for a shop without sales.
 */
import { isTimeZone } from '@bizinsights/jobs-core';
import { z } from 'zod';
import type { InsightDays } from '../evidence.js';
import { LARGEST, METRICS } from '../metrics.js';
import { addDays } from '../periods.js';
import type { IntegrationDays, MetricCalendar, MetricDay } from '../ports.js';
import { shownValue } from './given.js';
import { checkedAnswer, wrongAnswer } from './wrong-answer.js';

const PORT = 'metrics';

const calendarSchema = z.object({
  today: z.iso.date(),
  timeZone: z.string().refine(isTimeZone, { error: ({ input }) => `there is no time zone ${shownValue(input)}` }),
  currency: z.string(),
  locale: z.string(),
});

const range = z.object({ from: z.iso.date(), to: z.iso.date() });

const integrationSchema = z.object({
  integrationId: z.string(),
  platform: z.string(),
  unknown: z.array(range),
  provisionalFrom: z.iso.date().nullish(),
});

const FIGURES = METRICS.filter(({ dividedBy }) => dividedBy === undefined).map(({ figure }) => figure);

/** @throws {PermanentError} which names what is wrong with it */
export function readCalendar(given: MetricCalendar): MetricCalendar {
  checkedAnswer(calendarSchema, given, 'calendar', PORT);
  return given;
}

/** @throws {PermanentError} */
export function readIntegrations(given: readonly IntegrationDays[]): readonly IntegrationDays[] {
  checkedAnswer(z.array(integrationSchema), given, 'coverage', PORT);
  return given;
}

/**
 * Those that were asked for, in order: a source may give more, and twenty years would take a minute.
 *
 * @throws {PermanentError}
 */
export function readDays(given: readonly MetricDay[], { from, to }: InsightDays): readonly MetricDay[] {
  if (!Array.isArray(given)) throw wrongAnswer('daily', PORT, 'it is no list');
  const asked = new Map<string, MetricDay>();
  for (const [place, day] of given.entries()) {
    const problem = problemOf(day);
    if (problem !== undefined) throw wrongAnswer('daily', PORT, `at place ${place}: ${problem}`);
    if (day.day < from || day.day > to) continue;
    if (asked.has(day.day)) throw wrongAnswer('daily', PORT, `at place ${place}: day: ${day.day} is there twice`);
    asked.set(day.day, withoutRubbish(day));
  }
  const days = [...asked.values()].toSorted((one, other) => (one.day < other.day ? -1 : 1));
  checkEachDay(days, to);
  return days;
}

/** A gap would put weekdays off, and where the last days are missing old news would be reported as those of today. */
function checkEachDay(days: readonly MetricDay[], to: string): void {
  const [first] = days;
  if (!first) return;
  if (!z.iso.date().safeParse(first.day).success) {
    throw wrongAnswer('daily', PORT, `day: ${first.day} is in no calendar`);
  }
  let next = first.day;
  for (const { day } of days) {
    if (day !== next) break;
    next = addDays(day, 1);
  }
  if (next <= to) {
    throw wrongAnswer(
      'daily',
      PORT,
      `${next} is missing: each day up to ${to} is needed, also those that have nothing`,
    );
  }
}

/** By hand: there are more than a thousand, in one turn of the event loop. */
function problemOf(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return 'it is no object';
  const day: Readonly<Record<string, unknown>> = { ...given };
  if (typeof day.day !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(day.day)) return 'day: it is none, as 2026-11-24 is';
  if (typeof day.currency !== 'string') return 'currency: it is no text';
  for (const name of ['isPartial', 'isProvisional']) {
    // A "false" in quotes, or the 1 of a database, would leave out all of the day's money.
    if (day[name] !== undefined && typeof day[name] !== 'boolean') return `${name}: it is neither true nor false`;
  }
  if (!Array.isArray(day.unknown)) return 'unknown: it is no list';
  for (const name of ['uncertain', 'unknownFigures']) {
    if (day[name] !== undefined && !Array.isArray(day[name])) return `${name}: it is no list`;
  }
  const figure = FIGURES.find((name) => typeof day[name] !== 'number');
  return figure === undefined ? undefined : `${figure}: it is no number`;
}

/** What is no number of a business is unknown: it would make sums of it NaN. */
function withoutRubbish(day: MetricDay): MetricDay {
  const bad = FIGURES.filter((figure) => !(Math.abs(day[figure]) <= LARGEST));
  if (bad.length === 0) return day;
  const before = day.uncertain ?? (day.isProvisional || day.unknown.length > 0 ? FIGURES : []);
  const zeros = Object.fromEntries(bad.map((figure) => [figure, 0]));
  return { ...day, ...zeros, uncertain: [...new Set([...before, ...bad])] };
}
