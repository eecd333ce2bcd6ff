/** By what an insight is kept once. */
import { createHash } from 'node:crypto';
import type { Finding } from '../findings/finding.js';
import type { ToldInsight } from '../ports.js';
import type { InsightPeriod } from '../queue.js';

/**
 * Of what is told of a topic next. What was told before has one successor: runs that look at once, and the attempts of one
 * run, keep it once, also where a figure has changed between them.
 */
export function followingFingerprint(topic: string, previous: ToldInsight | undefined): string {
  return hash(['after', topic, previous?.createdAt ?? null]);
}

/**
 * Of a finding and its figures, for a store that does not know what was told. A day is judged by what was before it, so that
 * it is the same day in each period.
 */
export function figuresFingerprint({ kind, metric, evidence }: Finding, period: InsightPeriod): string {
  const { unit, currency, window, value, expected, days, weekdays } = evidence;
  const figures = [unit, currency, window, value, expected, days, weekdays];
  return hash([kind, metric.name, kind === 'change' ? period : '', figures]);
}

function hash(identity: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(identity)).digest('base64url');
}
