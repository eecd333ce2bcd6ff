/** What English sentences are made of. */
import type { InsightDays, InsightDriver, InsightPart, InsightUnit } from '../../../evidence.js';
import { daysIn, type Formats, weekdayOf } from '../../format.js';
import { multipleOf } from '../../multiple.js';
import { driverName } from '../../names.js';
import type { Said } from '../texts.js';
import { enMetric as metricOf } from './metrics.js';

export const moreOrLess = (direction: Said['direction']) => (direction === 'up' ? 'more' : 'less');
/** Of what is counted: `20% fewer`. */
export const moreOrFewer = (direction: Said['direction'], unit: InsightUnit) =>
  direction === 'down' && unit === 'count' ? 'fewer' : moreOrLess(direction);
export const upper = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** `4.2 times as much`. */
export const timesAs = (multiple: string, unit: InsightUnit) => `${multiple} times ${AS[unit]}`;

const AS: Readonly<Record<InsightUnit, string>> = {
  'minor-units': 'as much',
  count: 'as many',
  share: 'as high',
  factor: 'as high',
};

/** `20% less`, `4.2 times as much`. */
export function sizeOf(change: number, expected: number, unit: InsightUnit, formats: Formats): string {
  const multiple = multipleOf(change, expected);
  return multiple === undefined
    ? `${formats.change(change)} ${moreOrFewer(change > 0 ? 'up' : 'down', unit)}`
    : timesAs(formats.multiple(multiple), unit);
}

export const higherOrLower = (direction: Said['direction']) => (direction === 'up' ? 'higher' : 'lower');
export const highOrLow = (direction: Said['direction']) => (direction === 'up' ? 'high' : 'low');

export function nameOf(driver: InsightDriver): string {
  const name = driverName(driver, 'en');
  if (name === '') return 'unnamed';
  return driver.dimension === 'product' || driver.dimension === 'campaign' ? `“${name}”` : name;
}

/** `2,363 were expected`, `€1.00 was expected`. */
export const wasExpected = ({ metric, evidence: { unit }, expected }: Said) =>
  `${expected} ${unit === 'count' ? metricOf(metric).were : 'was'} expected`;

/** Where another metric has what the finding's own has not: visits have no products. */
export const measuredBy = ({ metric }: InsightDriver) =>
  metric === undefined ? '' : `, measured by ${metricOf(metric).inside}`;

export const dayOf = (day: string, formats: Formats) => `${formats.weekday(weekdayOf(day))}, ${formats.day(day)}`;

export const range = ({ from, to }: InsightDays, formats: Formats) =>
  `${formats.dayBefore(from, to)} to ${formats.day(to)}`;

/** Of what a period is compared with: `in the 30 days before`. */
export function periodBefore(days: InsightDays, formats: Formats): string {
  const count = daysIn(days);
  return count === 1 ? 'on the day before' : `in the ${formats.number(count)} days before`;
}

export const on = (days: InsightDays, formats: Formats) =>
  days.from === days.to ? `on ${dayOf(days.from, formats)}` : `from ${range(days, formats)}`;

/** `20% less`, `4.2 times as much`, or both figures where there is no percentage. */
export function against(part: InsightPart, formats: Formats): string {
  const { value, expected, change } = part;
  return change
    ? sizeOf(change, expected, part.unit, formats)
    : `${formats.figure(value, part)}, expected ${formats.figure(expected, part)}`;
}

export function leftOut(days: number, formats: Formats): string {
  const isOne = days === 1;
  const which = isOne ? '1 day of each period is' : `${formats.number(days)} days of each period are`;
  return `${which} left out: ${isOne ? 'its' : 'their'} figures, or those of what ${isOne ? 'it is' : 'they are'} compared with, are incomplete or may still change.`;
}

/** In titles: ` on Nov 17, 2026`, or `: Nov 17 – 23, 2026`. */
export const daysOf = (window: InsightDays, formats: Formats) =>
  window.from === window.to ? ` on ${formats.shortDay(window.from)}` : `: ${formats.shortDays(window)}`;
