/** Calendar days of an account, in its own zone: what daily reports are made of. */
export { dayIn, isTimeZone } from '@bizinsights/jobs-core';

const DAY = 86_400_000;

/** So many days later, or earlier. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
}

/** The first of some days. */
export function earliestOf(...days: readonly [string, ...string[]]): string {
  return [...days].sort()[0] ?? days[0];
}

/** The last of some days. */
export function latestOf(...days: readonly [string, ...string[]]): string {
  return [...days].sort().at(-1) ?? days[0];
}

/** From the first day to the last, both counted: 1 where they are the same. */
export function countDays(first: string, last: string): number {
  return (Date.parse(last) - Date.parse(first)) / DAY + 1;
}
