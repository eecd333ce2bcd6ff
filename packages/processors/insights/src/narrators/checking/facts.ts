/** What the evidence of a finding says: all that a text about it may say. */

import { decimalsOf } from '@bizinsights/jobs-platforms';
import type { InsightDays, InsightDirection, InsightDriver, InsightEvidence, InsightUnit } from '../../evidence.js';
import { addDays } from '../../periods.js';
import { weekdayOf } from '../../words/format.js';
import { type ForecastFigures, roundedForecast } from '../../words/rounded-forecast.js';
import type { FoundInsight } from '../narrator.js';
import { namesOf, type ShownName } from '../shown-names.js';
import type { Role } from './roles.js';

/** The finding's own metric, `metric:<name>` of a part, or `name:<place>` of a driver. */
export type Subject = string;

export const MAIN: Subject = 'main';

/** A number as it is written: money in whole units, a share in percent. */
export interface NumberFact {
  readonly value: number;
  readonly unit: 'money' | 'percent' | 'points' | 'plain';
  readonly role: Role;
  /** Undefined: it goes with any. */
  readonly subject?: Subject;
  readonly direction?: InsightDirection;
}

/** One figure against another: 2 is doubled. */
export interface RatioFact {
  readonly ratio: number;
  readonly subject: Subject;
}

export interface Facts {
  readonly finding: FoundInsight;
  readonly today: string;
  readonly numbers: readonly NumberFact[];
  readonly ratios: readonly RatioFact[];
  /** The ways that it may be said to have gone. */
  readonly directions: ReadonlyMap<Subject, ReadonlySet<InsightDirection>>;
  readonly days: ReadonlySet<string>;
  readonly ranges: readonly InsightDays[];
  readonly weekdays: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly names: readonly ShownName[];
}

export function factsOf(finding: FoundInsight, today: string): Facts {
  const { evidence } = finding;
  const ranges = rangesOf(evidence);
  const days = new Set(ranges.flatMap(({ from, to }) => [from, to]));
  const season = evidence.season;
  const places = season ? [season.high.at, season.low.at] : [];
  const weekdays = new Set([...days].map(weekdayOf));
  const months = new Set([...days].map((day) => Number(day.slice(5, 7))));
  for (const place of places) (season?.of === 'week' ? weekdays : months).add(place);
  const collected = new Collected();
  collectMain(finding, collected);
  collectRest(evidence, collected);
  for (const range of ranges) collected.number({ value: lengthOf(range), unit: 'plain', role: 'count' });
  const { numbers, ratios, directions } = collected;
  return { finding, today, numbers, ratios, directions, days, ranges, weekdays, months, names: namesOf(finding) };
}

/** How many days a range has. */
export function lengthOf({ from, to }: InsightDays): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}

/** All days that are named, single ones too. */
function rangesOf(evidence: InsightEvidence): InsightDays[] {
  const { window, before, yearBefore, holiday, record, milestone, target, ahead = [], parts = [] } = evidence;
  const single = [holiday?.day, record?.since, record?.previous?.day, milestone?.since];
  const first = ahead[0]?.day;
  const last = ahead.at(-1)?.day;
  return [
    window,
    ...[before, yearBefore, target?.window].filter((range) => range !== undefined),
    ...parts.map((part) => part.window),
    ...single.filter((day) => day !== undefined).map((day) => ({ from: day, to: day })),
    ...(first !== undefined && last !== undefined ? [{ from: first, to: last }] : []),
  ].filter(({ from, to }) => addDays(from, 0) === from && addDays(to, 0) === to);
}

class Collected {
  readonly numbers: NumberFact[] = [];
  readonly ratios: RatioFact[] = [];
  readonly directions = new Map<Subject, Set<InsightDirection>>();

  number(fact: NumberFact): void {
    if (Number.isFinite(fact.value)) this.numbers.push(fact);
  }

  direction(subject: Subject, difference: number): void {
    const known = this.directions.get(subject) ?? new Set();
    if (difference !== 0) known.add(difference > 0 ? 'up' : 'down');
    this.directions.set(subject, known);
  }

  /** A figure in the unit of its metric. */
  level(role: Role, value: number | undefined, figure: Figure, more: Partial<NumberFact> = {}): void {
    if (value !== undefined) this.number({ ...written(value, figure), role, subject: MAIN, ...more });
  }

  /** How sure an interval is: in percent, and as so many of 100 cases. */
  sureness(value: number): void {
    this.number({ value, unit: 'percent', role: 'chance' });
    this.number({ value, unit: 'plain', role: 'hits' });
    this.number({ value: 100, unit: 'plain', role: 'cases' });
  }

  /** As it is told: rounded by its interval. */
  forecast(figures: ForecastFigures, figure: Figure): void {
    const { value, lower, upper } = roundedForecast(figures, figure.unit);
    this.level('outlook', value, figure);
    this.level('lower', lower, figure);
    this.level('upper', upper, figure);
  }

  /** One figure against another: both, their difference, its size, its direction and their ratio. */
  against(value: number, expected: number, figure: Figure, { subject = MAIN, roles = OF_A_PAIR }: Against = {}): void {
    this.level(roles[0], value, figure, { subject });
    this.level(roles[1], expected, figure, { subject });
    const difference = value - expected;
    this.direction(subject, difference);
    const direction = difference > 0 ? 'up' : 'down';
    const size = written(Math.abs(difference), figure);
    const unit = figure.unit === 'share' ? 'points' : size.unit;
    const isYear = roles[1] === 'yearBefore';
    this.number({ ...size, unit, role: isYear ? 'yearChange' : 'difference', subject, direction });
    if (expected === 0) return;
    const change = percent(difference / expected);
    this.number({ value: change, unit: 'percent', role: isYear ? 'yearChange' : 'change', subject, direction });
    this.number({ value: percent(value / expected), unit: 'percent', role: 'ratio', subject });
    this.ratios.push({ ratio: value / expected, subject });
  }
}

interface Against {
  readonly subject?: Subject;
  readonly roles?: readonly [of: Role, against: Role];
}

const OF_A_PAIR = ['value', 'expected'] as const;

/** Of another metric it is in its unit; what did not move itself is counted, as orders are. */
function figureOf({ metric }: InsightDriver, evidence: InsightEvidence): Figure {
  if (metric === undefined) return evidence;
  return evidence.parts?.find((part) => part.metric === metric) ?? { unit: 'count' };
}

interface Figure {
  readonly unit: InsightUnit;
  readonly currency?: string;
}

function collectMain({ kind, evidence }: FoundInsight, collected: Collected): void {
  const {
    value,
    expected,
    lower,
    upper,
    change,
    direction,
    yearBefore,
    slope,
    season,
    target,
    drivers = [],
  } = evidence;
  collected.against(value, expected, evidence, { roles: [kind === 'forecast' ? 'outlook' : 'value', 'expected'] });
  collected.level('lower', lower, evidence);
  collected.level('upper', upper, evidence);
  if (change !== undefined) {
    const way = direction ?? (change < 0 ? 'down' : 'up');
    const size = Math.abs(percent(change));
    collected.number({ value: size, unit: 'percent', role: 'change', subject: MAIN, direction: way });
    collected.ratios.push({ ratio: 1 + change, subject: MAIN });
  }
  if (direction) {
    // What it is said to be, and not what its figures look like.
    collected.directions.set(MAIN, new Set([direction]));
  }
  if (yearBefore) collected.against(value, yearBefore.value, evidence, { roles: ['value', 'yearBefore'] });
  if (slope) {
    const way = slope.perDay < 0 ? 'down' : 'up';
    collected.level('slope', Math.abs(slope.perDay), evidence, { direction: way });
    const sizes = [slope.lower, slope.upper].map(Math.abs);
    collected.level('lower', Math.min(...sizes), evidence);
    collected.level('upper', Math.max(...sizes), evidence);
    collected.sureness(95);
  }
  if (season) {
    for (const { factor } of [season.high, season.low]) {
      collected.against(factor, 1, { unit: 'factor' });
    }
  }
  if (kind === 'record') collected.direction(MAIN, evidence.record?.of === 'lowest' ? -1 : 1);
  if (target) {
    const { wanted, outlook } = target;
    collected.against(value, wanted, evidence, { roles: ['value', 'wanted'] });
    collected.against(outlook, wanted, evidence, { roles: ['outlook', 'wanted'] });
    collected.level('lower', target.lower, evidence);
    collected.level('upper', target.upper, evidence);
    collected.forecast({ value: outlook, lower: target.lower, upper: target.upper }, evidence);
  }
  if (kind === 'forecast') collected.forecast(evidence, evidence);
  if (target || kind === 'forecast') {
    collected.sureness(80);
  }
  drivers.forEach((driver, place) => {
    const subject: Subject = `name:${place}`;
    const figure = figureOf(driver, evidence);
    collected.against(driver.value, driver.expected, figure, { subject });
    collected.direction(subject, driver.contribution);
    collected.level('contribution', Math.abs(driver.contribution), figure, { subject });
    const role = driver.share < 0 ? 'offset' : 'share';
    collected.number({ value: percent(driver.share), unit: 'percent', role, subject });
  });
}

function collectRest(evidence: InsightEvidence, collected: Collected): void {
  const { parts = [], witness, record, milestone, days, weekdays, p, drivers = [] } = evidence;
  if (witness) {
    collected.against(witness.value, witness.expected, { unit: 'count' }, { subject: `metric:${witness.metric}` });
  }
  for (const part of parts) {
    const subject: Subject = `metric:${part.metric}`;
    collected.against(part.value, part.expected, part, { subject });
    if (part.direction) collected.direction(subject, part.direction === 'up' ? 1 : -1);
    if (part.change === undefined) continue;
    const direction = part.direction ?? (part.change < 0 ? 'down' : 'up');
    const size = Math.abs(percent(part.change));
    collected.number({ value: size, unit: 'percent', role: 'change', subject, direction });
    collected.ratios.push({ ratio: 1 + part.change, subject });
  }
  collected.level('previous', record?.previous?.value ?? undefined, evidence);
  collected.level('reached', milestone?.reached, evidence);
  const counts = [days?.left, weekdays?.count, drivers.length || undefined, parts.length || undefined];
  for (const value of counts) {
    if (value !== undefined) collected.number({ value, unit: 'plain', role: 'count' });
  }
  if (weekdays) {
    collected.level('median', weekdays.median, evidence);
    collected.level('deviation', weekdays.mad, evidence);
    collected.number({ value: 50, unit: 'percent', role: 'ratio' });
  }
  if (p !== undefined && p > 0) {
    const cases = 1 / p;
    const scale = 10 ** Math.floor(Math.log10(cases));
    for (const value of [cases, Math.round(cases / scale) * scale]) {
      collected.number({ value, unit: 'plain', role: 'cases' });
    }
    collected.number({ value: percent(p), unit: 'percent', role: 'chance' });
  }
}

function written(value: number, { unit, currency = '' }: Figure): Pick<NumberFact, 'value' | 'unit'> {
  if (unit === 'share') return { value: percent(value), unit: 'percent' };
  if (unit === 'minor-units') return { value: value / 10 ** decimalsOf(currency), unit: 'money' };
  return { value, unit: 'plain' };
}

const percent = (share: number) => Math.abs(share) * 100;
