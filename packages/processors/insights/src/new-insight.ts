/** A finding as it is kept, and the alert that it raises. */
import { createHash } from 'node:crypto';
import { ALERT_LIMITS, type AlertJobInput } from '@bizinsights/jobs-alerts/queue';
import type { Finding } from './findings/finding.js';
import type { NewInsight } from './ports.js';
import type { InsightPeriod } from './queue.js';
import type { Formats } from './words/format.js';
import { wordsOf } from './words/sentences.js';

export function newInsight(finding: Finding, period: InsightPeriod, formats: Formats): NewInsight {
  const { kind, metric, impact, evidence } = finding;
  return {
    fingerprint: fingerprintOf(finding, period),
    kind,
    metric: metric.name,
    impact,
    ...wordsOf(finding, formats),
    evidence,
  };
}

/** What was found, and its figures. A day is judged by what was before it, so that it is the same day in each period. */
function fingerprintOf({ kind, metric, evidence }: Finding, period: InsightPeriod): string {
  const { unit, currency, window, value, expected, days, weekdays } = evidence;
  const figures = [unit, currency, window, value, expected, days, weekdays];
  const identity = [kind, metric.name, kind === 'change' ? period : '', figures];
  return createHash('sha256').update(JSON.stringify(identity)).digest('base64url');
}

/** While an alert is open, the same metric that moves in the same direction is the same alert; of days, each day is one. */
export function alertOf(organizationId: string, insight: NewInsight): AlertJobInput {
  const { kind, metric, title, text, evidence } = insight;
  const { series: _, direction, window, ...figures } = evidence;
  const day = kind === 'unusual-day' ? [window.from] : [];
  return {
    organizationId,
    type: 'metric',
    severity: 'HIGH',
    title: title.slice(0, ALERT_LIMITS.title),
    message: text.slice(0, ALERT_LIMITS.message),
    source: 'insights',
    fingerprint: ['insight', kind, metric, direction, ...day].join(':'),
    labels: { metric, kind, direction, from: window.from, to: window.to },
    evidence: { ...figures, direction, window },
  };
}
