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
import { Frames } from './series/level.js';

/** Looks at all metrics side by side. */
type JointFinder = (metrics: readonly MetricHistory[], history: History) => readonly Finding[];

/** Looks at those that could be judged by what was expected of their days. */
type ExpectationFinder = (metrics: readonly JudgedMetric[]) => readonly Finding[];

const JOINT_FINDERS: readonly JointFinder[] = [findMilestone, findMovements, findSeasons, findForecast, findTargets];

const EXPECTATION_FINDERS: readonly ExpectationFinder[] = [findByExpectation];

/** @throws what `signal` was aborted with */
export async function findInsights(
  metrics: readonly Metric[],
  history: History,
  signal: AbortSignal,
): Promise<Finding[]> {
  const found: Finding[] = [];
  const histories = metrics.map((metric) => metricHistory(metric, history));
  const judged: JudgedMetric[] = [];
  const frames = new Frames();
  for (const one of histories) {
    const expectation = judgeMetric(one, frames);
    if (expectation) judged.push(expectation);
    // A metric takes some ten milliseconds: a web process that works on jobs answers requests between them.
    await nextTurn();
    signal.throwIfAborted();
  }
  for (const find of JOINT_FINDERS) found.push(...find(histories, history));
  for (const find of EXPECTATION_FINDERS) found.push(...find(judged));
  return found;
}
