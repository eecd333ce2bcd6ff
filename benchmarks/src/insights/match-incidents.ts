/** Which insights are about which incidents, and which are about none. */
import type { InsightDays, InsightKind, NewInsight } from '@bizinsights/jobs-insights';
import type { ShopIncident } from '@bizinsights/jobs-sandbox';
import { daysAfter } from './shop-source.js';

/** Kinds that say that something happened on some days. The others say what is usual, or comes. */
const EVENTS: ReadonlySet<InsightKind> = new Set<InsightKind>([
  ...(['spike', 'drop', 'level-shift', 'unusual-day'] as const),
  ...(['missing-data', 'silent-platform', 'broken-tracking'] as const),
]);

export const isEvent = ({ kind }: NewInsight): boolean => EVENTS.has(kind);

/** How far the first day of a shift may be off. Days. */
const EARLY = 3;
const LATE = 10;

/** Whether its days and one of its metrics are those of an incident. */
export function isAbout({ kind, metric, evidence }: NewInsight, incident: ShopIncident): boolean {
  const { window, parts = [] } = evidence;
  const metrics = [metric, ...parts.map((part) => part.metric)];
  return metrics.some((name) => name in incident.effects) && meets(kind, window, incident);
}

function meets(kind: InsightKind, window: InsightDays, incident: ShopIncident): boolean {
  if (incident.kind === 'level-shift' || kind === 'level-shift') {
    // The days of a shift are all that follow: it is where it begins.
    return window.from >= daysAfter(incident.from, -EARLY) && window.from <= daysAfter(incident.from, LATE);
  }
  return window.from <= incident.to && window.to >= incident.from;
}

/** How much of one incident was told. */
export interface Telling {
  /** By an insight that says that something happened. */
  readonly isFound: boolean;
  /** Of the incident's kind. */
  readonly isKindRight: boolean;
  /** Of the incident's kind, and its first driver is the incident's. True where the incident has none. */
  readonly isDriverRight: boolean;
  /** The incident has no driver, and yet one was told. */
  readonly hasNeedlessDriver: boolean;
}

export function tellingOf(incident: ShopIncident, insights: readonly NewInsight[]): Telling {
  const about = insights.filter((insight) => isEvent(insight) && isAbout(insight, incident));
  const right = about.filter(({ kind }) => kind === incident.kind);
  const { driver } = incident;
  const isDriver = ({ evidence }: NewInsight) => {
    const first = evidence.drivers?.[0];
    return !driver || (first?.dimension === driver.dimension && first.key === driver.value);
  };
  return {
    isFound: about.length > 0,
    isKindRight: right.length > 0,
    isDriverRight: right.some(isDriver),
    hasNeedlessDriver: !driver && right.some(({ evidence }) => (evidence.drivers?.length ?? 0) > 0),
  };
}

/** Insights that say that something happened when nothing did: one of a topic. */
export function falseOnes(insights: readonly NewInsight[], incidents: readonly ShopIncident[]): NewInsight[] {
  const wrong = insights.filter(
    (insight) => insight.status !== 'over' && !incidents.some((incident) => isAbout(insight, incident)),
  );
  return [...new Map(wrong.map((insight) => [insight.topic, insight])).values()];
}
