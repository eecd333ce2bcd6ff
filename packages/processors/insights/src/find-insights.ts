/** All findings of an organization's days. Each kind is a file in `findings/`. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findByExpectation } from './findings/expected/find-by-expectation.js';
import { type JudgedMetric, judgeMetric } from './findings/expected/judged-metric.js';
import type { Finding } from './findings/finding.js';
import { findForecast } from './findings/forecast.js';
import { findMilestone } from './findings/milestone.js';
import { findMovements } from './findings/movement.js';
import { findSeasons } from './findings/season.js';
import { findTargets } from './findings/target.js';
import type { History } from './history.js';
import { type MetricHistory, metricHistory } from './metric-history.js';
import type { Metric } from './metrics.js';
import { Frames } from './series/level/frames.js';

/** @throws what `signal` was aborted with */
export async function findInsights(
  metrics: readonly Metric[],
  history: History,
  signal: AbortSignal,
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const piece of findingsOf(metrics, history)) {
    if (piece) found.push(...piece);
    // A piece takes some milliseconds: a web process that works on jobs answers requests between them.
    await nextTurn();
    signal.throwIfAborted();
  }
  return found;
}

/** In pieces, with what a finder has found after its last one. */
function* findingsOf(of: readonly Metric[], history: History): Generator<readonly Finding[] | undefined> {
  const metrics: MetricHistory[] = [];
  for (const metric of of) {
    metrics.push(metricHistory(metric, history));
    yield;
  }
  const judged: JudgedMetric[] = [];
  const frames = new Frames();
  for (const one of metrics) {
    const expectation = yield* judgeMetric(one, frames);
    if (expectation) judged.push(expectation);
    yield;
  }
  yield findMilestone(metrics);
  yield yield* findMovements(metrics);
  yield yield* findSeasons(metrics);
  yield yield* findForecast(metrics, history);
  yield yield* findTargets(metrics, history);
  yield yield* findByExpectation(judged);
}
