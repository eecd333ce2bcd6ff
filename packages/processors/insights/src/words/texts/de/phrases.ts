/** What German sentences are made of. */
import type { InsightDays, InsightDriver, InsightPart } from '../../../evidence.js';
import { daysIn, type Formats, weekdayOf } from '../../format.js';
import { multipleOf } from '../../multiple.js';
import { driverName } from '../../names.js';
import type { Said } from '../texts.js';
import { deMetric as metricOf } from './metrics.js';

export const upper = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

export const unusually = (direction: Said['direction']) =>
  direction === 'up' ? 'ungewöhnlich hoch' : 'ungewöhnlich niedrig';
export const moreOrLess = (direction: Said['direction']) => (direction === 'up' ? 'mehr' : 'weniger');

export function named(driver: InsightDriver): string {
  const name = driverName(driver, 'de');
  if (name === '') return 'ohne Namen';
  return driver.dimension === 'product' || driver.dimension === 'campaign' ? `„${name}“` : name;
}

/** `17. November 2026 (Dienstag)`: no apposition, which would need a comma where the sentence goes on. */
export const dayOf = (day: string, formats: Formats) => `${formats.day(day)} (${formats.weekday(weekdayOf(day))})`;

export const range = ({ from, to }: InsightDays, formats: Formats) =>
  `vom ${formats.dayBefore(from, to)} bis zum ${formats.day(to)}`;

/** Of what a period is compared with: `in den 30 Tagen davor`. */
export function periodBefore(days: InsightDays, formats: Formats): string {
  const count = daysIn(days);
  return count === 1 ? 'am Tag davor' : `in den ${formats.number(count)} Tagen davor`;
}

export const on = (days: InsightDays, formats: Formats) =>
  days.from === days.to ? `am ${dayOf(days.from, formats)}` : range(days, formats);

/** Of data: `vom 17. November 2026 (Dienstag)`. */
export const since = (days: InsightDays, formats: Formats) =>
  days.from === days.to ? `vom ${dayOf(days.from, formats)}` : range(days, formats);

/** Where another metric has what the finding's own has not: visits have no products. */
export const measuredBy = ({ metric }: InsightDriver) =>
  metric === undefined
    ? ''
    : `, gemessen ${metricOf(metric)
        .at.replace(/^beim /, 'am ')
        .replace(/^bei /, 'an ')}`;

/** `20 % weniger`, `das 4,2-Fache`. */
export function sizeOf(change: number, expected: number, formats: Formats): string {
  const multiple = multipleOf(change, expected);
  return multiple === undefined
    ? `${formats.change(change)} ${change > 0 ? 'mehr' : 'weniger'}`
    : `das ${formats.multiple(multiple)}-Fache`;
}

/** `Bestellungen (20 % weniger)`, or both figures where there is no percentage. */
export function against(part: InsightPart, formats: Formats, name = metricOf(part.metric).label): string {
  const { value, expected, change } = part;
  const figures = change
    ? sizeOf(change, expected, formats)
    : `${formats.figure(value, part)}, erwartet ${formats.figure(expected, part)}`;
  return `${name} (${figures})`;
}

export function leftOut(days: number, formats: Formats): string {
  return days === 1
    ? '1 Tag jedes Zeitraums ist nicht eingerechnet: Seine Werte oder die seines Vergleichstags sind unvollständig oder können sich noch ändern.'
    : `${formats.number(days)} Tage jedes Zeitraums sind nicht eingerechnet: Ihre Werte oder die ihrer Vergleichstage sind unvollständig oder können sich noch ändern.`;
}

/** In titles: ` am 17.11.2026`, or `: 17.–23.11.2026`. */
export const daysOf = (window: InsightDays, formats: Formats) =>
  window.from === window.to ? ` am ${formats.shortDay(window.from)}` : `: ${formats.shortDays(window)}`;

/** `der Umsatz lag am … um 40 % über dem erwarteten Wert: …`, without the full stop. */
export function lay({ metric, value, expected, size, multiple, direction }: Said, when: string): string {
  const { subject, isPluralSubject } = metricOf(metric);
  const lies = isPluralSubject ? 'lagen' : 'lag';
  const where = direction === 'up' ? 'über' : 'unter';
  if (multiple)
    return `${subject} ${lies}${when} beim ${multiple}-Fachen des erwarteten Werts (${value} statt ${expected})`;
  return size
    ? `${subject} ${lies}${when} um ${size} ${where} dem erwarteten Wert (${value} statt ${expected})`
    : `${subject} ${lies}${when} bei ${value}; erwartet: ${expected}`;
}
