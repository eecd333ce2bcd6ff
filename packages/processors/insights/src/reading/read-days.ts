/**
 * What a host's source of figures says, checked at the edge: without days there are no insights, so what is none fails the job at
 * once, with the place, and is not taken for a shop without sales.
 */
import { PermanentError } from '@bizinsights/jobs-core';
import { z } from 'zod';
import type { InsightDays } from '../evidence.js';
import { LARGEST, METRICS } from '../metrics.js';
import type { IntegrationDays, MetricCalendar, MetricDay } from '../ports.js';

const calendarSchema = z.object({
  today: z.iso.date(),
  timeZone: z.string().min(1),
  currency: z.string(),
  locale: z.string(),
});

const range = z.object({ from: z.string(), to: z.string() });

const integrationSchema = z.object({
  integrationId: z.string(),
  platform: z.string(),
  unknown: z.array(range),
  provisionalFrom: z.string().nullish(),
});

const FIGURES = METRICS.filter(({ dividedBy }) => dividedBy === undefined).map(({ figure }) => figure);

/** @throws {PermanentError} which names what is wrong with it */
export function readCalendar(given: MetricCalendar): MetricCalendar {
  checked(calendarSchema, given, '`calendar`');
  return given;
}

/** @throws {PermanentError} */
export function readIntegrations(given: readonly IntegrationDays[]): readonly IntegrationDays[] {
  checked(z.array(integrationSchema), given, '`coverage`');
  return given;
}

/**
 * Those that were asked for, in order: a source may give more, and twenty years would take a minute.
 *
 * @throws {PermanentError}
 */
export function readDays(given: readonly MetricDay[], { from, to }: InsightDays): readonly MetricDay[] {
  if (!Array.isArray(given)) throw wrong('`daily`', 'it is no list');
  const asked = new Map<string, MetricDay>();
  for (const [place, day] of given.entries()) {
    const problem = problemOf(day);
    if (problem !== undefined) throw wrong('`daily`', `at place ${place}: ${problem}`);
    if (day.day >= from && day.day <= to) asked.set(day.day, withoutRubbish(day));
  }
  return [...asked.values()].toSorted((one, other) => (one.day < other.day ? -1 : 1));
}

/** By hand: there are more than a thousand, in one turn of the event loop. */
function problemOf(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return 'it is no object';
  const day: Readonly<Record<string, unknown>> = { ...given };
  if (typeof day.day !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(day.day)) return 'day: it is none, as 2026-11-24 is';
  if (typeof day.currency !== 'string') return 'currency: it is no text';
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

function checked(schema: z.ZodType, given: unknown, name: string): void {
  const result = schema.safeParse(given);
  if (result.success) return;
  throw wrong(name, result.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; '));
}

const wrong = (name: string, reason: string) =>
  new PermanentError(`${name} of the metrics does not give what it has to: ${reason}`);
