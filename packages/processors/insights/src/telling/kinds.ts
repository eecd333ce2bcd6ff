/** What sorts of findings there are, by how they are folded, and told again. */
import type { InsightKind } from '../evidence.js';

/** Days that stand out: the same cause may show as one kind in one metric and as another in the next. */
const EVENTS: ReadonlySet<InsightKind> = new Set(['spike', 'drop', 'level-shift', 'unusual-day']);

/** What is wrong with the data on some days, until it is mended. */
const FAULTS: ReadonlySet<InsightKind> = new Set(['missing-data', 'silent-platform', 'broken-tracking']);

/**
 * What goes on until it is over. The others have happened, or are so; a target says by its status how far it is. The
 * retention of the store keeps the last row of each of these, and of targets.
 */
const STATES: ReadonlySet<InsightKind> = new Set(['change', 'trend', 'variance', ...FAULTS]);

/** What happened on days of its own, so that a few days more or less are the same: see `isNear`. */
const DATED: ReadonlySet<InsightKind> = new Set([...EVENTS, ...FAULTS, 'turning-point', 'record', 'holiday']);

/** What is known again by its metrics and days, where its topic is another: the other kinds are what their topic says. */
const KNOWN_BY_METRICS: ReadonlySet<InsightKind> = new Set([...STATES, ...DATED, 'season', 'forecast']);

export const isEvent = (kind: InsightKind): boolean => EVENTS.has(kind);
export const isFault = (kind: InsightKind): boolean => FAULTS.has(kind);
export const isState = (kind: InsightKind): boolean => STATES.has(kind);
export const isDated = (kind: InsightKind): boolean => DATED.has(kind);
export const isKnownByMetrics = (kind: InsightKind): boolean => KNOWN_BY_METRICS.has(kind);

/** Findings of one family can have one cause. */
export function familyOf(kind: InsightKind): string {
  return EVENTS.has(kind) ? 'event' : kind;
}
