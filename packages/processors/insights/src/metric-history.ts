/** The days of one metric, as finders get them. */
import type { History } from './history.js';
import { type Metric, type Point, pointsOf } from './metrics.js';

export interface MetricHistory {
  readonly metric: Metric;
  readonly history: History;
  /** Each day up to yesterday, oldest first. */
  readonly points: readonly Point[];
  /** Of each point what is final: null where it is unknown or uncertain, and before the first figure. */
  readonly values: readonly (number | null)[];
  /**
   * The place of the first point that is judged; those before it are what it is judged by. Where a platform restates its last
   * weeks, the days that have become final are judged: as many as the period has, up to the last final one.
   */
  readonly from: number;
}

/** Ads are restated for 28 days, and where a figure has ended nothing becomes final. */
const MOST_OPEN = 35;

/** Several parts of a run look at the same metric: it is made once, and kept as long as the history is. */
const made = new WeakMap<History, Map<Metric, MetricHistory>>();

export function metricHistory(metric: Metric, history: History): MetricHistory {
  const ofHistory = made.get(history) ?? new Map<Metric, MetricHistory>();
  made.set(history, ofHistory);
  const known = ofHistory.get(metric) ?? makeHistory(metric, history);
  ofHistory.set(metric, known);
  return known;
}

function makeHistory(metric: Metric, history: History): MetricHistory {
  const { days, calendar, length } = history;
  const points = pointsOf(metric, days, calendar);
  // Before the first figure there was nothing to measure: those zeros say nothing of what is usual.
  const begin = points.findIndex(({ amount, isUncertain }) => amount !== 0 && !isUncertain);
  const values = points.map(({ value, isUncertain }, index) =>
    isUncertain || begin < 0 || index < begin || value === undefined ? null : value,
  );
  const open = Math.min(MOST_OPEN, points.length - 1 - points.findLastIndex(({ isUncertain }) => !isUncertain));
  return { metric, history, points, values, from: Math.max(0, points.length - length - open) };
}
