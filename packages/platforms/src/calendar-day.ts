/** Calendar days of an account, in its own zone: what daily reports are made of. */

const DAY = 86_400_000;

/** The day of a moment in an IANA zone: `(Date.UTC(2026, 10, 24, 23, 30), 'Europe/Berlin')` is `2026-11-25`. */
export function dayIn(zone: string, at: number): string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const { year, month, day } = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${year}-${month}-${day}`;
}

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

/** Whether a name is of a zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
