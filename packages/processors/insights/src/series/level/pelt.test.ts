import { describe, expect, test } from 'vitest';
import { random } from '../fixtures/random.js';
import { type PeltOptions, pelt } from './pelt.js';

/** The least sum of squares and penalties, by all beginnings of each segment: optimal partitioning without pruning. */
function leastCost(values: Float64Array, { penalty, leastSegment }: PeltOptions): number {
  const least = [-penalty];
  for (let end = 1; end <= values.length; end++) {
    let best = Number.POSITIVE_INFINITY;
    for (let start = 0; start <= end - leastSegment; start++) {
      best = Math.min(best, (least[start] ?? 0) + squaresOf(values.subarray(start, end)) + penalty);
    }
    least.push(best);
  }
  return least[values.length] ?? Number.NaN;
}

function squaresOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function costOf(values: Float64Array, changes: readonly number[], penalty: number): number {
  const ends = [...changes, values.length];
  const segments = ends.map((end, order) => squaresOf(values.subarray(ends[order - 1] ?? 0, end)));
  return segments.reduce((sum, squares) => sum + squares, penalty * changes.length);
}

/** Normal noise with levels that change now and then. */
function levels(seed: number, length: number): Float64Array {
  const source = random(seed);
  let level = 0;
  return Float64Array.from({ length }, () => {
    if (source.uniform() < 0.05) level += 3 * source.normal();
    return level + source.normal();
  });
}

test('the mean of the Nile changes once, in 1899: strucchange::breakpoints(Nile ~ 1)', () => {
  // Zeileis and others, Computational Statistics & Data Analysis 44 (2003): the break after observation 28, of 1871 to 1970.
  const nile = Float64Array.of(
    ...[1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140],
    ...[1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969],
    ...[831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759],
    ...[781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890],
    ...[744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740],
  );
  const penalty = 2 * Math.log(100) * 125 ** 2;
  expect(pelt(nile, { penalty, leastSegment: 15 })).toEqual([28]);
});

describe('no partition costs less', () => {
  const cases = [1, 2, 7, 10].flatMap((leastSegment) => [2, 8, 30].map((penalty) => ({ leastSegment, penalty })));

  test.each(cases)('with segments of $leastSegment and a penalty of $penalty', (options) => {
    for (let seed = 1; seed <= 6; seed++) {
      const values = levels(seed, 60 + 7 * seed);
      const changes = pelt(values, options);
      expect(costOf(values, changes, options.penalty)).toBeCloseTo(leastCost(values, options), 8);
      const ends = [0, ...changes, values.length];
      for (const [order, end] of ends.slice(1).entries()) {
        expect(end - (ends[order] ?? 0)).toBeGreaterThanOrEqual(options.leastSegment);
      }
    }
  });
});

test('on a grid, changes are at its multiples and segments as long as they have to be', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const values = levels(seed, 200 + seed);
    const changes = pelt(values, { penalty: 10, leastSegment: 7, every: 4 });
    expect(changes.every((change) => change % 4 === 0)).toBe(true);
    const ends = [...changes, values.length];
    expect(Math.min(...ends.map((end, order) => end - (ends[order - 1] ?? 0)))).toBeGreaterThanOrEqual(7);
  }
});

test('fewer values than two segments have no change, nor do equal ones', () => {
  expect(pelt(new Float64Array(0), { penalty: 1, leastSegment: 7 })).toEqual([]);
  expect(pelt(Float64Array.of(0, 9, 9), { penalty: 1, leastSegment: 2 })).toEqual([]);
  expect(pelt(new Float64Array(100).fill(5), { penalty: 1, leastSegment: 7 })).toEqual([]);
});
