/** A finding as it is kept, and the alert that it raises. */
import { createHash } from 'node:crypto';
import { ALERT_LIMITS, type AlertJobInput } from '@bizinsights/jobs-alerts/queue';
import { defined } from '@bizinsights/jobs-core/define';
import type { InsightImpact, InsightKind } from './evidence.js';
import type { Finding } from './findings/finding.js';
import type { FoundInsight } from './narrators/narrator.js';
import type { NewInsight } from './ports.js';
import type { InsightPeriod } from './queue.js';

/** Until it is scored by money, certainty and novelty. */
const IMPORTANCE: Readonly<Record<InsightImpact, number>> = { high: 1, medium: 0.5, low: 0.1 };

/** All but its words. */
export function foundInsight(finding: Finding, period: InsightPeriod): FoundInsight {
  const { kind, metric, impact, evidence, topic } = finding;
  return {
    fingerprint: fingerprintOf(finding, period),
    kind,
    metric: metric.name,
    impact,
    evidence,
    topic,
    status: 'new',
    importance: IMPORTANCE[impact],
  };
}

/** What was found, and its figures. A day is judged by what was before it, so that it is the same day in each period. */
function fingerprintOf({ kind, metric, evidence }: Finding, period: InsightPeriod): string {
  const { unit, currency, window, value, expected, days, weekdays } = evidence;
  const figures = [unit, currency, window, value, expected, days, weekdays];
  const identity = [kind, metric.name, kind === 'change' ? period : '', figures];
  return createHash('sha256').update(JSON.stringify(identity)).digest('base64url');
}

/** Of these, each day is an alert of its own. */
const OF_A_DAY: ReadonlySet<InsightKind> = new Set(['spike', 'drop', 'level-shift', 'unusual-day']);

/** While an alert is open, the same metric that moves in the same direction is the same alert; of days, each day is one. */
export function alertOf(organizationId: string, insight: NewInsight): AlertJobInput {
  const { kind, metric, title, text, evidence } = insight;
  const { series: _, ahead: __, drivers, parts, ...figures } = evidence;
  const { direction, window } = evidence;
  const lists = defined({ drivers: drivers?.map((one) => ({ ...one })), parts: parts?.map((one) => ({ ...one })) });
  const identity = [kind, metric, ...(direction ? [direction] : []), ...(OF_A_DAY.has(kind) ? [window.from] : [])];
  return {
    organizationId,
    type: 'metric',
    severity: 'HIGH',
    title: title.slice(0, ALERT_LIMITS.title),
    message: text.slice(0, ALERT_LIMITS.message),
    source: 'insights',
    fingerprint: ['insight', ...identity].join(':'),
    labels: { metric, kind, ...(direction ? { direction } : {}), from: window.from, to: window.to },
    evidence: { ...figures, ...lists },
  };
}
