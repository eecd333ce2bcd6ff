/** Days and ranges of days, compared. */
import type { InsightDays, InsightKind } from '../evidence.js';

const DAY = 86_400_000;

/** So many days apart the beginnings of what happened may be and still be one: single days are known best. */
const APART = { day: 3, level: 7, turn: 14 } as const;

/** How many days later `to` is. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY);
}

export function lengthOf({ from, to }: InsightDays): number {
  return Math.max(1, daysBetween(from, to) + 1);
}

/** How many days two ranges have in common. */
export function commonDays(one: InsightDays, other: InsightDays): number {
  const from = daysBetween(one.from, other.from) > 0 ? other.from : one.from;
  const to = daysBetween(one.to, other.to) > 0 ? one.to : other.to;
  return Math.max(0, daysBetween(from, to) + 1);
}

/** Something that happened: its kind, and its days. */
export interface Dated {
  readonly kind: InsightKind;
  readonly window: InsightDays;
}

/**
 * Whether two may be the same event: days that overlap or follow each other and begin within three days. The day on which a
 * level or a trend has changed is an estimate, so there it is a week, or two.
 */
export function isNear(one: Dated, other: Dated): boolean {
  const kinds = [one.kind, other.kind];
  const apart = Math.abs(daysBetween(one.window.from, other.window.from));
  if (kinds.every((kind) => kind === 'level-shift')) return apart <= APART.level;
  if (kinds.every((kind) => kind === 'turning-point')) return apart <= APART.turn;
  if (apart > APART.day) return false;
  return kinds.includes('level-shift') || gapBetween(one.window, other.window) <= 1;
}

/** 1 for ranges that follow each other, 0 or less for those that overlap. */
function gapBetween(one: InsightDays, other: InsightDays): number {
  return Math.max(daysBetween(one.to, other.from), daysBetween(other.to, one.from));
}
