/** Days in the shop's zone, and how busy each is. */
export const DAY = 86_400_000;

/** The shop's zone is one without summer time, so that a day is always 24 hours. */
export const ZONE = 'Africa/Lagos';
const ZONE_OFFSET = 3_600_000;

/** The calendar day of a moment, in the shop's zone: `2026-11-24`. */
export function dayOf(at: number): string {
  return new Date(at + ZONE_OFFSET).toISOString().slice(0, 10);
}

/** Midnight at which a day such as `2026-11-24` begins, epoch ms. */
export function beginningOf(day: string): number {
  return Date.parse(day) - ZONE_OFFSET;
}

/** Midnight of the day in which a moment lies, epoch ms. */
export function startOfDay(at: number): number {
  return Math.floor((at + ZONE_OFFSET) / DAY) * DAY - ZONE_OFFSET;
}

/** Sunday to Saturday. */
const WEEKDAYS = [0.85, 1.05, 1, 0.95, 1, 1.15, 1] as const;
/** January to December: gifts at the end of the year, little in summer. */
const MONTHS = [0.85, 0.85, 0.9, 0.95, 1, 0.9, 0.75, 0.8, 1, 1.05, 1.4, 1.6] as const;
/** A day of growth: a third more each year. */
const GROWTH = 1.33 ** (1 / 365);

/** How busy a day is against an average one of the first month. */
export function busyness(dayStart: number, dayNumber: number): number {
  const date = new Date(dayStart + ZONE_OFFSET);
  return (WEEKDAYS[date.getUTCDay()] ?? 1) * (MONTHS[date.getUTCMonth()] ?? 1) * GROWTH ** dayNumber;
}
