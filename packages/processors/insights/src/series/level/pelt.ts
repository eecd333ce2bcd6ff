/**
 * Where the mean of a series changes: the partition with the least sum of squares around the means of its segments, plus a penalty
 * for each change. Found exactly by dynamic programming, without the beginnings of segments that can no longer be best: PELT
 * (Killick, Fearnhead and Eckley, Journal of the American Statistical Association 107, 2012). Squares follow outliers: those are
 * taken out before.
 */
export interface PeltOptions {
  /** What a change has to lower the sum of squares by. */
  readonly penalty: number;
  /** Values of a segment, at least. */
  readonly leastSegment: number;
  /** Changes are looked for at the multiples of it. Default: 1, everywhere */
  readonly every?: number;
}

/** Beginnings that can no longer be best are left out at every so many ends: to look for them takes as long as to compare them. */
const LOOKED_THROUGH = 4;

/** @returns the first value of each segment but the first, ascending */
export function pelt(values: Float64Array, { penalty, leastSegment, every = 1 }: PeltOptions): number[] {
  // Cells of `every` values, of which the last is longer.
  const count = Math.floor(values.length / every);
  const least = Math.ceil(leastSegment / every);
  if (count < 2 * least) return [];
  const { sums, inverse } = sumsOf(values);
  // Without the squares of the values themselves, which all partitions have.
  const costs = new Float64Array(count + 1);
  const firsts = new Int32Array(count + 1);
  // Beginnings that may still be best: the value, the sum before it, the costs before it, and then with the segment from there on.
  const open = new Int32Array(count + 1);
  const sumsBefore = new Float64Array(count + 1);
  const costsBefore = new Float64Array(count + 1);
  const costsWith = new Float64Array(count + 1);
  // With a least length, a beginning is needless only once the one that is better is far enough back.
  const needlessFrom = new Int32Array(count + 1);
  let openCount = 0;
  costs[0] = -penalty;
  for (let end = least; end <= count; end++) {
    const newest = end - least;
    if (newest === 0 || newest >= least) {
      open[openCount] = newest * every;
      sumsBefore[openCount] = sums[newest * every] ?? 0;
      costsBefore[openCount] = costs[newest] ?? 0;
      needlessFrom[openCount] = count + 1;
      openCount += 1;
    }
    let best = Number.POSITIVE_INFINITY;
    let first = 0;
    const behind = end === count ? values.length : end * every;
    const whole = sums[behind] ?? 0;
    for (let order = 0; order < openCount; order++) {
      const sum = whole - (sumsBefore[order] ?? 0);
      const cost = (costsBefore[order] ?? 0) - sum * sum * (inverse[behind - (open[order] ?? 0)] ?? 0);
      costsWith[order] = cost;
      if (cost < best) {
        best = cost;
        first = order;
      }
    }
    costs[end] = best + penalty;
    firsts[end] = (open[first] ?? 0) / every;
    if (end % LOOKED_THROUGH !== 0) continue;
    let kept = 0;
    for (let order = 0; order < openCount; order++) {
      const isWorse = (costsWith[order] ?? 0) >= best + penalty;
      if (isWorse && (needlessFrom[order] ?? 0) > count) needlessFrom[order] = end + least;
      if ((needlessFrom[order] ?? 0) <= end + 1) continue;
      if (kept < order) {
        open[kept] = open[order] ?? 0;
        sumsBefore[kept] = sumsBefore[order] ?? 0;
        costsBefore[kept] = costsBefore[order] ?? 0;
        needlessFrom[kept] = needlessFrom[order] ?? 0;
      }
      kept += 1;
    }
    openCount = kept;
  }
  const changes: number[] = [];
  for (let end = firsts[count] ?? 0; end > 0; end = firsts[end] ?? 0) changes.push(end * every);
  return changes.reverse();
}

/** The sums of the values before each, and what to multiply by instead of dividing by a number of values. */
function sumsOf(values: Float64Array): { readonly sums: Float64Array; readonly inverse: Float64Array } {
  const sums = new Float64Array(values.length + 1);
  const inverse = new Float64Array(values.length + 1);
  for (let index = 0; index < values.length; index++) {
    sums[index + 1] = (sums[index] ?? 0) + (values[index] ?? 0);
    inverse[index + 1] = 1 / (index + 1);
  }
  return { sums, inverse };
}
