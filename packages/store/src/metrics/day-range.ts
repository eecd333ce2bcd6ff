/** Calendar days, `2026-11-24`, and ranges of them. */
import { ArgumentError } from '@bizinsights/jobs-core';

const DAY = 86_400_000;

/** What is made for each day of a range is made of no more than ten years. Days. */
const LONGEST = 3_660;

/** From and to a day, both included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** So many days later, or earlier. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
}

/** The first of two days. */
export function earlierOf(one: string, other: string): string {
  return [one, other].toSorted()[0] ?? one;
}

/** The last of two days. */
export function laterOf(one: string, other: string): string {
  return [one, other].toSorted()[1] ?? one;
}

/** 1 where the first day is the last. */
export function countDays({ from, to }: DayRange): number {
  return (Date.parse(to) - Date.parse(from)) / DAY + 1;
}

/** Each day of a range. */
export function daysOf({ from, to }: DayRange): string[] {
  return Array.from({ length: countDays({ from, to }) }, (_, index) => addDays(from, index));
}

/** What two ranges have in common. */
export function overlap(one: DayRange, other: DayRange): DayRange | undefined {
  const from = laterOf(one.from, other.from);
  const to = earlierOf(one.to, other.to);
  return from <= to ? { from, to } : undefined;
}

/** A range without some days of it, in order. */
export function without({ from, to }: DayRange, days: readonly string[]): DayRange[] {
  const left: DayRange[] = [];
  let next = from;
  for (const day of days) {
    if (day > next) left.push({ from: next, to: addDays(day, -1) });
    next = addDays(day, 1);
  }
  if (next <= to) left.push({ from: next, to });
  return left;
}

/** How many days are in at least one of the ranges. */
export function countUnion(ranges: readonly DayRange[]): number {
  let count = 0;
  let until = '';
  for (const range of ranges.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const from = range.from > until ? range.from : addDays(until, 1);
    if (range.to < from) continue;
    count += countDays({ from, to: range.to });
    until = range.to;
  }
  return count;
}

/**
 * @param method what was called
 * @throws {ArgumentError} for a day that is none, and for a range that ends before it begins
 */
export function checkRange(method: string, { from, to }: DayRange): void {
  for (const [name, day] of Object.entries({ from, to })) {
    if (!isDay(day)) throw new ArgumentError(`${method}: \`${name}\` must be a day such as "2026-11-24"`);
  }
  if (from > to) throw new ArgumentError(`${method}: the range from ${from} to ${to} ends before it begins`);
}

/** @throws {ArgumentError} for a range of more than 3,660 days */
export function checkLength(method: string, range: DayRange): void {
  const days = countDays(range);
  if (days > LONGEST) {
    throw new ArgumentError(`${method}: a range of at most ${LONGEST} days can be asked for, and this one has ${days}`);
  }
}

function isDay(day: unknown): boolean {
  if (typeof day !== 'string' || !/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(day)) return false;
  const at = Date.parse(day);
  // 30 February is read as 2 March.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}
