/** The days around a finding, each with what was expected of it and what would have been usual: the band of a chart. */
import type { InsightPoint } from '../../evidence.js';
import { rounded } from '../../metrics.js';
import type { Shift } from '../../series/judging/judgement.js';
import type { JudgedMetric } from './judged-metric.js';

/** About so many days are plotted, of a long event more. */
export const PLOTTED = 90;

/** No more days than of a year. */
const MOST = 365;

/**
 * @param share of the noise that is not usual
 * @param shift without which the days from `first` to `last` are expected
 */
export function plotted(
  judged: JudgedMetric,
  first: number,
  last: number,
  share: number,
  shift?: Shift,
): InsightPoint[] {
  const { metric, points, values } = judged;
  const figure = (value: number) => rounded(metric.unit, value);
  const length = last - first + 1;
  const room = Math.max(0, PLOTTED - length);
  const to = Math.min(points.length - 1, last + Math.ceil(room / 3));
  const from = Math.max(0, to + 1 - Math.min(MOST, Math.max(PLOTTED, length)));
  return points.slice(from, to + 1).map(({ day }, offset) => {
    const index = from + offset;
    const value = values[index] ?? null;
    const { lower, upper } = judged.usual(index, share);
    const isShifted = shift !== undefined && index >= first && index <= last;
    const expected = isShifted ? judged.without(shift, index) : judged.expected(index);
    // The range goes with what is expected.
    const ratio = isShifted ? expected / judged.expected(index) : 1;
    const factor = Number.isFinite(ratio) && ratio > 0 ? ratio : 1;
    return {
      day,
      value: value === null ? null : figure(value),
      expected: figure(expected),
      lower: figure(lower * factor),
      upper: figure(upper * factor),
    };
  });
}
