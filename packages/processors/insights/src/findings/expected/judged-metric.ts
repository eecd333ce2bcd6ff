/** One metric whose days are judged against what season, level and holidays let expect. */
import { defined } from '@bizinsights/jobs-core/define';
import type { MetricHistory } from '../../metric-history.js';
import type { Point } from '../../metrics.js';
import { readSeries } from '../../series/input.js';
import { judge, judgeRatio } from '../../series/judging/judge.js';
import type { Judgement, Shift } from '../../series/judging/judgement.js';
import type { Frames } from '../../series/level/frames.js';
import type { Pieces } from '../../series/pieces.js';
import { explainedBy, type NearHoliday, nearHolidays } from './holiday-effects.js';

export interface JudgedMetric extends MetricHistory {
  readonly judgement: Judgement;
  /** Of a day, in the unit of the metric. */
  expected(index: number): number;
  /** The same without what holidays do. */
  ordinary(index: number): number;
  /** Of each day the holiday that may change it. */
  readonly near: readonly (NearHoliday | undefined)[];
  /** Whether a day is what it is by a shift beside it, a season or a holiday. */
  isExplained(index: number): boolean;
  /** Whether a holiday that is seen for the first time may have made a day what it is. */
  isFirstHoliday(index: number): boolean;
  /** What is usual on a day: noise is beyond it with the probability `share`. */
  usual(index: number, share: number): { readonly lower: number; readonly upper: number };
  /** What was expected of a day without one of the shifts. */
  without(shift: Shift, index: number): number;
}

const SEASONS = [7];

/** What a holiday does that is seen for the first time is not known: up to so many times as much, or as little, is no anomaly. */
const FIRST_FACTOR = 3;

/**
 * Undefined where nothing can be judged: few days are known, or all are alike. A metric of years takes some hundred
 * milliseconds, so it is judged in pieces.
 *
 * @param frames shared by the metrics of the same days
 */
export function* judgeMetric(history: MetricHistory, frames?: Frames): Pieces<JudgedMetric | undefined> {
  const { metric, points, values } = history;
  const near = nearHolidays(
    points.map(({ day }) => day),
    values,
    history.history.holidays,
  );
  const explain = (surprise: Float64Array) => explainedBy(near, surprise);
  const isMoney = metric.unit === 'minor-units' || metric.unit === 'factor';
  const options = {
    isMoney,
    parts: partsOf(points),
    ...(near.some(Boolean) ? { explain } : {}),
    ...defined({ frames }),
  };
  if (metric.dividedBy === undefined) {
    const judgement = yield* judge(readSeries(values), SEASONS, options);
    return judgement && inUnits({ ...history, near }, judgement, () => 1);
  }
  // A ratio is known where it is divided by something.
  const amounts = readSeries(points.map(({ amount }, index) => (values[index] === null ? null : amount)));
  const exposure = Float64Array.from(points, ({ per }) => per);
  const judged = yield* judgeRatio(amounts, exposure, SEASONS, options);
  if (judged === undefined) return undefined;
  return inUnits({ ...history, near }, judged.judgement, (index) =>
    judged.of === 'ratios' ? 1 : (points[index]?.per ?? 1),
  );
}

/** @param per what an expectation of a day is divided by */
function inUnits(
  history: MetricHistory & Pick<JudgedMetric, 'near'>,
  judgement: Judgement,
  per: (index: number) => number,
): JudgedMetric {
  const { near } = history;
  // What was never negative is not expected to be.
  const least = history.values.some((value) => value !== null && value < 0) ? Number.NEGATIVE_INFINITY : 0;
  const inUnit = (value: number, index: number) => Math.max(least, value / per(index));
  const expected = (index: number) => inUnit(judgement.expected(index), index);
  const isFirst = (index: number) => near[index]?.earlier.length === 0;
  const isFirstHoliday = (index: number) => {
    const value = history.points[index]?.value ?? 0;
    return isFirst(index) && value >= expected(index) / FIRST_FACTOR && value <= expected(index) * FIRST_FACTOR;
  };
  return {
    ...history,
    // What is computed when it is first read is so here: of all metrics at once it takes too long.
    judgement: { ...judgement },
    expected,
    ordinary: (index) => inUnit(judgement.ordinary(index), index),
    usual(index, share) {
      const { lower, upper } = judgement.usual(index, share);
      const usual = { lower: inUnit(lower, index), upper: inUnit(upper, index) };
      if (!isFirst(index) || expected(index) <= 0) return usual;
      return {
        lower: Math.min(usual.lower, expected(index) / FIRST_FACTOR),
        upper: Math.max(usual.upper, expected(index) * FIRST_FACTOR),
      };
    },
    isExplained: (index) => judgement.isExplained(index) || isFirstHoliday(index),
    isFirstHoliday,
    without: (shift, index) => inUnit(judgement.without(shift, index), index),
  };
}

/** The parts of the year in which the days are, by the calendar: many shops sell otherwise from the first of a month on. */
function partsOf(points: readonly Point[]): Int32Array {
  return Int32Array.from(points, ({ day }) => {
    const [month, date] = [Number(day.slice(5, 7)), Number(day.slice(8, 10))];
    return 3 * (month - 1) + Math.min(2, Math.floor((date - 1) / 10));
  });
}
