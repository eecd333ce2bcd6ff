/** Whether an event is the reason of what else was found of its metric: the change of a period, a trend, a record. */
import { defined } from '@bizinsights/jobs-core/define';
import type { InsightDays, InsightDirection, InsightKind } from '../evidence.js';
import type { Finding } from '../findings/finding.js';
import { commonDays, isNear, lengthOf } from './windows.js';

/** So large a part of a change has to come from the event. */
const LEAST_PART = 0.5;

/** What was found of one metric on some days. Both findings and what was told before are events. */
export interface MetricEvent {
  readonly kind: InsightKind;
  readonly metric: string;
  readonly window: InsightDays;
  readonly change?: number;
  readonly direction?: InsightDirection;
}

/** @param group the findings of one event */
export function isExplained(finding: Finding, group: readonly Finding[]): boolean {
  return group.some(({ kind, metric, evidence: { window, change, direction } }) =>
    isExplainedBy(finding, { kind, metric: metric.name, window, ...defined({ change, direction }) }),
  );
}

export function isExplainedBy({ kind, metric, evidence }: Finding, event: MetricEvent): boolean {
  if (metric.name !== event.metric) return false;
  const { window, before, change, direction } = evidence;
  const isShift = event.kind === 'level-shift';
  switch (kind) {
    case 'change':
      return change !== undefined && before !== undefined && isMadeBy(change, window, before, event);
    case 'trend':
      return (
        isShift && direction === event.direction && window.from <= event.window.from && event.window.from <= window.to
      );
    case 'turning-point':
      return isShift && isNear({ kind, window }, { kind, window: event.window });
    case 'record':
      return (
        commonDays(window, event.window) > 0 && (evidence.record?.of === 'lowest' ? 'down' : 'up') === event.direction
      );
    default:
      return false;
  }
}

/**
 * An event that adds `event.change` to each of its days adds to a period what its days are of it, and takes the same from the
 * comparison where they are in the period before.
 */
function isMadeBy(change: number, window: InsightDays, before: InsightDays, event: MetricEvent): boolean {
  if (event.change === undefined) return false;
  const partOf = (range: InsightDays) => commonDays(event.window, range) / lengthOf(range);
  const made = event.change * (partOf(window) - partOf(before));
  return made * change > 0 && Math.abs(made) >= LEAST_PART * Math.abs(change);
}
