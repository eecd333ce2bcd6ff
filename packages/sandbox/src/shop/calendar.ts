/** Days in the shop's zone, and how busy each is. */
import { random } from './random.js';
import type { ShopIncident } from './shop.js';

export const DAY = 86_400_000;

/** The shop's zone is one without summer time, so that a day is always 24 hours. */
export const ZONE = 'Africa/Lagos';
const ZONE_OFFSET = 3_600_000;

/** The calendar day of a moment, in the shop's zone: `2026-11-24`. */
export function dayOf(at: number): string {
  return new Date(at + ZONE_OFFSET).toISOString().slice(0, 10);
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

const KINDS: readonly [ShopIncident['kind'], ...ShopIncident['kind'][]] = [
  'checkout-broken',
  'viral-post',
  'ads-overspent',
  'supplier-late',
];

/** Every 25 days, one to three days on which something is up. */
const INCIDENT_EVERY = 25;

/** The incident that covers a day, if any. */
export function incidentOn(seed: number, openedAt: number, dayNumber: number): ShopIncident | undefined {
  const round = Math.floor(dayNumber / INCIDENT_EVERY);
  const draw = random(seed, 'incident', round);
  const kind = draw.pick(KINDS);
  const first = round * INCIDENT_EVERY + draw.between(8, INCIDENT_EVERY - 4);
  const last = first + draw.between(0, 2);
  if (dayNumber < first || dayNumber > last) return undefined;
  return { kind, firstDay: dayOf(openedAt + first * DAY), lastDay: dayOf(openedAt + last * DAY) };
}
