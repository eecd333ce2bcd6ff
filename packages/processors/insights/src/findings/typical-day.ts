/** How far the typical day has moved between two groups of days, which a few odd ones do not change. */
import type { Point } from '../metrics.js';

const WEEK = 7;

/** A value, and how much it counts: what a ratio is divided by. */
interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/**
 * The median distance of the later days from their weekday less that of the earlier ones. Ratios are weighted by what they are
 * divided by. Undefined where either has no known day.
 *
 * @param reference the days that say what a weekday usually is: it may hold both
 */
export function typicalMove(
  reference: readonly Point[],
  earlier: readonly Point[],
  later: readonly Point[],
): number | undefined {
  const weekdays = byWeekday(reference).map((points) => weightedMedian(weightedOf(points)));
  const distance = (points: readonly Point[]) =>
    weightedMedian(
      points.flatMap((point) => {
        const usual = weekdays[weekdayOf(point.day)];
        if (usual === undefined) return [];
        return weightedOf([point]).map(({ value, weight }) => ({ value: value - usual, weight }));
      }),
    );
  const [before, after] = [distance(earlier), distance(later)];
  return before === undefined || after === undefined ? undefined : after - before;
}

function byWeekday(points: readonly Point[]): readonly (readonly Point[])[] {
  const weekdays: Point[][] = Array.from({ length: WEEK }, () => []);
  for (const point of points) weekdays[weekdayOf(point.day)]?.push(point);
  return weekdays;
}

/** 0 is Sunday. */
export function weekdayOf(day: string): number {
  return new Date(day).getUTCDay();
}

function weightedOf(points: readonly Point[]): Weighted[] {
  return points.flatMap(({ value, per, isUncertain }) =>
    value === undefined || isUncertain ? [] : [{ value, weight: per }],
  );
}

/** The value below which half of the weight is. Undefined for none. */
function weightedMedian(values: readonly Weighted[]): number | undefined {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let sum = 0;
  for (const { value, weight } of sorted) {
    sum += weight;
    if (sum >= half) return value;
  }
  return undefined;
}
