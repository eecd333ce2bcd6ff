/** What sorts of findings there are, by how they are folded, and told again. */
import type { InsightKind } from '../evidence.js';

/** Days that stand out: the same cause may show as one kind in one metric and as another in the next. */
const EVENTS: ReadonlySet<InsightKind> = new Set(['spike', 'drop', 'level-shift', 'unusual-day']);

/** What goes on until it is over. The others have happened, or are so. */
const STATES: ReadonlySet<InsightKind> = new Set([
  'change',
  'trend',
  'variance',
  'missing-data',
  'silent-platform',
  'broken-tracking',
  'target',
]);

/** What happened on days of its own, so that a few days more or less are the same: see `isNear`. */
const DATED: ReadonlySet<InsightKind> = new Set([
  ...EVENTS,
  'turning-point',
  'missing-data',
  'silent-platform',
  'broken-tracking',
]);

export const isEvent = (kind: InsightKind): boolean => EVENTS.has(kind);
export const isState = (kind: InsightKind): boolean => STATES.has(kind);
export const isDated = (kind: InsightKind): boolean => DATED.has(kind);

/** Findings of one family can have one cause. */
export function familyOf(kind: InsightKind): string {
  return EVENTS.has(kind) ? 'event' : kind;
}
