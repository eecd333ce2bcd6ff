/** How metrics move, each told once: what a change says is not said again by a record. */
import type { InsightDirection } from '../evidence.js';
import type { MetricHistory } from '../metric-history.js';
import type { Metric } from '../metrics.js';
import type { Pieces } from '../series/pieces.js';
import { findChanges } from './change.js';
import type { Finding } from './finding.js';
import { findRecords } from './record.js';
import { findTrend } from './trend.js';
import { findTurningPoint } from './turning-point.js';

/** In pieces of a metric's work. */
export function* findMovements(metrics: readonly MetricHistory[]): Pieces<readonly Finding[]> {
  const changes = yield* findChanges(metrics);
  const isSaid = (metric: Metric, direction: InsightDirection, by: readonly Finding[]) =>
    by.some((one) => one.metric === metric && one.evidence.direction === direction);
  yield;
  const moved: Finding[] = [];
  for (const one of metrics) {
    const turns = findTurningPoint(one);
    yield;
    const trends = turns.length > 0 ? [] : findTrend(one);
    const own = [
      ...turns,
      ...trends.filter(({ evidence }) => !isSaid(one.metric, evidence.direction ?? 'up', changes)),
    ];
    moved.push(...own);
    yield;
  }
  const said = [...changes, ...moved];
  return [...said, ...findRecords(metrics, (metric, direction) => isSaid(metric, direction, said))];
}
