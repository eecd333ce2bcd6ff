/** The days around a finding, each with what was expected of it and what would have been usual: the band of a chart. */
import type { InsightPoint } from '../../evidence.js';
import { rounded } from '../../metrics.js';
import type { JudgedMetric } from './judged-metric.js';

/** About so many days are plotted, of a long event more. */
export const PLOTTED = 90;

/** No more days than of a year. */
const MOST = 365;

/** @param share of the noise that is not usual */
export function plotted(
  { metric, points, values, ...judged }: JudgedMetric,
  first: number,
  last: number,
  share: number,
): InsightPoint[] {
  const { unit } = metric;
  const length = last - first + 1;
  const room = Math.max(0, PLOTTED - length);
  const to = Math.min(points.length - 1, last + Math.ceil(room / 3));
  const from = Math.max(0, to + 1 - Math.min(MOST, Math.max(PLOTTED, length)));
  return points.slice(from, to + 1).map(({ day }, offset) => {
    const index = from + offset;
    const value = values[index] ?? null;
    const { lower, upper } = judged.usual(index, share);
    return {
      day,
      value: value === null ? null : rounded(unit, value),
      expected: rounded(unit, judged.expected(index)),
      lower: rounded(unit, lower),
      upper: rounded(unit, upper),
    };
  });
}
