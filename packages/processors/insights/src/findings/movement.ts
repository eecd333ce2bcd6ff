/** How metrics move, each told once: what a change says is not said again by a record. */
import type { InsightDirection } from '../evidence.js';
import type { MetricHistory } from '../metric-history.js';
import type { Metric } from '../metrics.js';
import { findChanges } from './change.js';
import type { Finding } from './finding.js';
import { findRecords } from './record.js';
import { findTrend } from './trend.js';
import { findTurningPoint } from './turning-point.js';

export function findMovements(metrics: readonly MetricHistory[]): readonly Finding[] {
  const found = [...findChanges(metrics)];
  const turns = metrics.flatMap(findTurningPoint);
  const isSaid = (metric: Metric, direction: InsightDirection) =>
    found.some((one) => one.metric === metric && one.evidence.direction === direction);
  found.push(...turns);
  for (const metric of metrics.filter((one) => !turns.some((turn) => turn.metric === one.metric))) {
    found.push(...findTrend(metric).filter(({ evidence }) => !isSaid(metric.metric, evidence.direction ?? 'up')));
  }
  return [...found, ...findRecords(metrics, isSaid)];
}
