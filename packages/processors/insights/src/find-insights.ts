/** All findings of an organization's days. Each kind is a file in `findings/`. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Finding } from './findings/finding.js';
import { findForecast } from './findings/forecast.js';
import { findMilestone } from './findings/milestone.js';
import { findMovements } from './findings/movement.js';
import { findSeasons } from './findings/season.js';
import { findTargets } from './findings/target.js';
import { findUnusualDays } from './findings/unusual-day.js';
import type { History } from './history.js';
import { type MetricHistory, metricHistory } from './metric-history.js';
import type { Metric } from './metrics.js';

/** Looks at one metric. */
type Finder = (metric: MetricHistory) => readonly Finding[];

/** Looks at all of them side by side. */
type JointFinder = (metrics: readonly MetricHistory[], history: History) => readonly Finding[];

const FINDERS: readonly Finder[] = [findMilestone, findUnusualDays];

const JOINT_FINDERS: readonly JointFinder[] = [findMovements, findSeasons, findForecast, findTargets];

/** @throws what `signal` was aborted with */
export async function findInsights(
  metrics: readonly Metric[],
  history: History,
  signal: AbortSignal,
): Promise<Finding[]> {
  const found: Finding[] = [];
  const histories = metrics.map((metric) => metricHistory(metric, history));
  for (const one of histories) {
    for (const find of FINDERS) found.push(...find(one));
    // A metric takes some ten milliseconds: a web process that works on jobs answers requests between them.
    await nextTurn();
    signal.throwIfAborted();
  }
  for (const find of JOINT_FINDERS) found.push(...find(histories, history));
  return found;
}
