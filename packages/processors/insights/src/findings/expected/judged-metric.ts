/** One metric whose days are judged against what season, level and holidays let expect. */
import type { MetricHistory } from '../../metric-history.js';
import type { Point } from '../../metrics.js';
import { readSeries } from '../../series/input.js';
import { judge, judgeRatio } from '../../series/judge.js';
import type { Judgement, Shift } from '../../series/judgement.js';

export interface JudgedMetric extends MetricHistory {
  readonly judgement: Judgement;
  /** Of a day, in the unit of the metric. */
  expected(index: number): number;
  /** What is usual on a day: noise is beyond it with the probability `share`. */
  usual(index: number, share: number): { readonly lower: number; readonly upper: number };
  /** What was expected of a day without one of the shifts. */
  without(shift: Shift, index: number): number;
}

const SEASONS = [7];

/** Undefined where nothing can be judged: few days are known, or all are alike. */
export function judgeMetric(history: MetricHistory): JudgedMetric | undefined {
  const { metric, points, values } = history;
  const options = { parts: partsOf(points) };
  if (metric.dividedBy === undefined) {
    const judgement = judge(readSeries(values), SEASONS, options);
    return judgement && inUnits(history, judgement, () => 1);
  }
  // A ratio is known where it is divided by something.
  const amounts = readSeries(points.map(({ amount }, index) => (values[index] === null ? null : amount)));
  const exposure = Float64Array.from(points, ({ per }) => per);
  const judged = judgeRatio(amounts, exposure, SEASONS, options);
  if (judged === undefined) return undefined;
  return inUnits(history, judged.judgement, (index) => (judged.of === 'ratios' ? 1 : (points[index]?.per ?? 1)));
}

/** @param per what an expectation of a day is divided by */
function inUnits(history: MetricHistory, judgement: Judgement, per: (index: number) => number): JudgedMetric {
  return {
    ...history,
    judgement,
    expected: (index) => judgement.expected(index) / per(index),
    usual(index, share) {
      const { lower, upper } = judgement.usual(index, share);
      return { lower: lower / per(index), upper: upper / per(index) };
    },
    without: (shift, index) => judgement.without(shift, index) / per(index),
  };
}

/** The parts of the year in which the days are, by the calendar: many shops sell otherwise from the first of a month on. */
function partsOf(points: readonly Point[]): Int32Array {
  return Int32Array.from(points, ({ day }) => {
    const [, month = 1, date = 1] = day.split('-').map(Number);
    return 3 * (month - 1) + Math.min(2, Math.floor((date - 1) / 10));
  });
}
