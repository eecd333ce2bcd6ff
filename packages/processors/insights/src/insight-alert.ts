/** The alert that an insight raises. */
import { ALERT_LIMITS, type AlertJobInput } from '@bizinsights/jobs-alerts/queue';
import { defined } from '@bizinsights/jobs-core/define';
import type { InsightKind } from './evidence.js';
import type { NewInsight } from './ports.js';

/** Of these, each day is an alert of its own. */
const OF_A_DAY: ReadonlySet<InsightKind> = new Set(['spike', 'drop', 'level-shift', 'unusual-day']);

/** While an alert is open, the same metric that moves in the same direction is the same alert; of days, each day is one. */
export function alertOf(organizationId: string, insight: NewInsight): AlertJobInput {
  const { kind, metric, title, text, evidence } = insight;
  const { series: _, ahead: __, drivers, parts, previous, ...figures } = evidence;
  const { direction, window } = evidence;
  const lists = defined({
    drivers: drivers?.map((one) => ({ ...one })),
    parts: parts?.map((one) => ({ ...one })),
    previous: previous && { ...previous },
  });
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
