/** Several days as one figure: a sum of what adds up, a ratio of the sums of others. */
import { divide, type Metric, type Point } from '../../metrics.js';

/** Undefined where there is nothing to divide by. */
export function figureOf({ dividedBy }: Metric, points: readonly Point[]): number | undefined {
  const amount = points.reduce((sum, point) => sum + point.amount, 0);
  return dividedBy === undefined ? amount : divide(amount, perOf(points));
}

/** What was expected of each day as such a figure: of ratios weighted by what the days are divided by. */
export function expectedOf({ dividedBy }: Metric, points: readonly Point[], expected: readonly number[]): number {
  if (dividedBy === undefined) return expected.reduce((sum, one) => sum + one, 0);
  const all = perOf(points);
  return points.reduce((sum, { per }, order) => sum + ((expected[order] ?? 0) * per) / all, 0);
}

function perOf(points: readonly Point[]): number {
  return points.reduce((sum, { per }) => sum + per, 0);
}
