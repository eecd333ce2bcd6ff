/**
 * Anomalies of counts near zero, as the orders of a small shop: judged by the tail of a distribution of counts around what
 * level and season expect. Median distances say nothing there, since most values are one of two or three.
 *
 * The level is found among the square roots 2·√(count + 3/8), whose deviation is about 1 whatever the level is (Anscombe,
 * Biometrika 35, 1948). The distribution is Poisson's, or the negative binomial where the counts vary more than that.
 */
import { at } from '../at.js';
import type { Series } from '../input.js';
import { type Frame, sharedFrames } from '../level/frames.js';
import { fitLevel, type Level, type LevelShape } from '../level/level.js';
import type { Pieces } from '../pieces.js';
import { countsAtLeast, normalTails } from '../statistics/distributions.js';
import { partsOfYear, withoutYearly, yearOf } from '../year.js';
import { eventsOfCounts } from './events-of-counts.js';
import { beyond, type Judgement, type JudgeOptions } from './judgement.js';
import { placesOf } from './measures.js';

/** A weekday's share is drawn to 1 as if so many counts more had been as expected. */
const PRIOR_COUNTS = 5;
/** Counts that are less likely than this are drawn to it before anything is estimated. */
const OUTLIER = 0.002;

/** Half of the shortest wave of the level: of few counts less is seen. */
const SHORTEST = 60;
/** In roots: from one a day to two. What is small beside the noise of a day is seen over weeks. */
const LEAST_SHIFT = 0.7;
const LEAST_ABRUPT = 1.5;
const PASSES = 4;
/** What is explained by so many deviations bends the season and the level. */
const LARGE = 2;
/** A share of a usual day below which a count says nothing of the level. */
const LEAST_EXPOSURE = 1e-3;

interface Expectation {
  readonly means: Float64Array;
  /** Of the negative binomial distribution; infinite for Poisson's. */
  readonly size: number;
}

/** @param unit what one count is */
export function* judgeCounts(
  series: Series,
  unit: number,
  seasons: readonly number[],
  { exposure, explain, parts, curves, frames = sharedFrames() }: JudgeOptions = {},
): Pieces<Judgement | undefined> {
  const { known } = series;
  const counts = series.values.map((value) => Math.round(value / unit));
  if (counts.every((count, index) => at(known, index) === 0 || count === at(counts, 0))) return undefined;
  const places = placesOf(known);
  const shares = sharesOf(exposure, places, counts.length);
  const year = yearOf(seasons);
  const shapes = curves?.shapes;
  const yearParts = curves?.hasParts === false ? undefined : partsOfYear(known, year, parts);
  const frame = yield* frames.of(known, { shortest: SHORTEST, year, parts: yearParts });
  let { means, size, level } = yield* fit(counts, known, seasons, { frame, shares, shapes });
  let explained = explain?.(surpriseOf(counts, { means, size }, known));
  if (explained?.middle.some((value) => Math.abs(value) > LARGE)) {
    // What is explained bends the season and the level around it: without it they are seen better.
    const { middle } = explained;
    const rest = counts.map((count, index) =>
      Math.round(count * (at(means, index) / moved(at(means, index), size, at(middle, index)))),
    );
    ({ means, size, level } = yield* fit(rest, known, seasons, { frame, shares, shapes }));
    explained = explain?.(surpriseOf(counts, { means, size }, known));
  }
  const steps = withoutYearly(level.steps, year, places);
  const shift = (index: number, by: Float64Array | undefined) =>
    by === undefined ? at(means, index) : moved(at(means, index), size, at(by, index));
  const lowest = (index: number) => shift(index, explained?.low);
  const highest = (index: number) => shift(index, explained?.high);
  const surprise = surpriseOf(counts, { means, size }, known);
  let p: Float64Array | undefined;
  return {
    curves: { shapes: level.alike, hasParts: yearParts !== undefined },
    places,
    get p() {
      p ??= Float64Array.from(places, (place) => {
        const count = at(counts, place);
        const above = shareAbove(count, Math.min(Math.max(count, lowest(place)), highest(place)), size);
        return 2 * Math.min(above, 1 - above);
      });
      return p;
    },
    shifts: steps.map(({ index, size: own, score }) => ({
      index,
      size: own,
      p: Math.min(1, normalTails(score) * places.length),
      score,
    })),
    ordinary: (index) => at(means, index) * unit,
    offOrdinary: surprise,
    surprise: surprise.map((value, index) =>
      explained === undefined ? value : beyond(value, at(explained.low, index), at(explained.high, index)),
    ),
    isExplained: (place) => steps.some(({ index }) => index === place),
    expected: (index) => shift(index, explained?.middle) * unit,
    usual: (index, share) => ({
      lower: usualRange(lowest(index), size, share).lower * unit,
      upper: usualRange(highest(index), size, share).upper * unit,
    }),
    events: () => {
      const own = (values: Float64Array) => Float64Array.from(places, (place) => at(values, place));
      const events = eventsOfCounts(own(counts), own(means), size);
      // What is explained is as expected.
      const nearest = (place: number) => Math.min(Math.max(at(counts, place), lowest(place)), highest(place));
      return {
        noise: (order) => {
          const place = places[order] ?? 0;
          return events.noise(at(counts, place), nearest(place));
        },
        usual: (index) => ({
          lower: events.usual(lowest(index)).lower * unit,
          upper: events.usual(highest(index)).upper * unit,
        }),
      };
    },
    without: ({ index: first }, index) => {
      const step = steps.find((one) => one.index === first);
      if (step === undefined || index < first) return at(means, index) * unit;
      const own = at(level.fit, index);
      return (at(means, index) * meanOf(own - step.size) * unit) / meanOf(own);
    },
  };
}

/** Of what is counted among more, more is expected: its share of a usual day. */
function sharesOf(exposure: Float64Array | undefined, places: readonly number[], length: number): Float64Array {
  if (exposure === undefined) return new Float64Array(length).fill(1);
  const mean = places.reduce((sum, place) => sum + at(exposure, place) / places.length, 0);
  return exposure.map((own) => Math.max(own / mean, LEAST_EXPOSURE));
}

/** @param shares of a usual day that each day has from the beginning */
function* fit(
  counts: Float64Array,
  known: Float64Array,
  seasons: readonly number[],
  {
    frame,
    shares,
    shapes,
  }: { readonly frame: Frame; readonly shares: Float64Array; readonly shapes: readonly LevelShape[] | undefined },
): Pieces<Expectation & { readonly level: Level }> {
  let usual = counts;
  let pattern = shares;
  let tried = shapes;
  function* pass(order: number): Pieces<Expectation & { readonly level: Level }> {
    const mean = total(usual, known) / total(known, known);
    const roots = usual.map((count, index) => root(count) - rootSeason(at(pattern, index), mean));
    const level = yield* fitLevel(roots, frame, { leastSize: LEAST_SHIFT, leastAbrupt: LEAST_ABRUPT, shapes: tried });
    // The values change little from one pass to the next.
    tried = level.alike;
    pattern = seasonPattern(usual, known, level, seasons, shares);
    const expectation = expect(usual, known, level, pattern);
    // At first by Poisson's, whose tails are lightest: a spike in the counts makes the negative binomial's wide.
    usual = drawnToUsual(counts, order === 0 ? { ...expectation, size: Number.POSITIVE_INFINITY } : expectation);
    return { ...expectation, level };
  }
  let result = yield* pass(0);
  for (let order = 1; order < PASSES; order++) result = yield* pass(order);
  return result;
}

/** Roots have a deviation of about 1, and more where the counts vary more than Poisson's. */
function rootDeviation(mean: number, size: number): number {
  return Math.sqrt(1 + mean / size);
}

function surpriseOf(counts: Float64Array, { means, size }: Expectation, known: Float64Array): Float64Array {
  return counts.map((count, index) => {
    if (at(known, index) === 0) return 0;
    const mean = at(means, index);
    return (root(count) - root(mean)) / rootDeviation(mean, size);
  });
}

/** The mean that is so many deviations of a root higher. */
function moved(mean: number, size: number, deviations: number): number {
  return deviations === 0 ? mean : meanOf(Math.max(0, root(mean) + deviations * rootDeviation(mean, size)));
}

function root(count: number): number {
  return 2 * Math.sqrt(count + 3 / 8);
}

/** How much higher the root is on a day with this share of the mean. */
function rootSeason(share: number, mean: number): number {
  return root(mean * share) - root(mean);
}

function total(values: Float64Array, known: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += at(values, index) * at(known, index);
  return sum;
}

/** The mean that a level of roots stands for, but for a factor. */
function meanOf(level: number): number {
  return Math.max(0.01, (level / 2) ** 2 - 3 / 8);
}

function seasonPattern(
  counts: Float64Array,
  known: Float64Array,
  level: Level,
  seasons: readonly number[],
  shares: Float64Array,
): Float64Array {
  const pattern = shares.slice();
  const base = level.fit.map(meanOf);
  const whole = base.map((value, index) => value * at(shares, index));
  const factor = total(counts, known) / Math.max(total(whole, known), 0.01);
  for (const season of seasons) {
    const period = Math.round(season);
    if (counts.length < 3 * period) continue;
    const sums = new Float64Array(period).fill(PRIOR_COUNTS);
    const expected = new Float64Array(period).fill(PRIOR_COUNTS);
    counts.forEach((count, index) => {
      if (at(known, index) === 0) return;
      const phase = index % period;
      sums[phase] = at(sums, phase) + count;
      expected[phase] = at(expected, phase) + factor * at(base, index) * at(pattern, index);
    });
    pattern.forEach((share, index) => {
      pattern[index] = (share * at(sums, index % period)) / at(expected, index % period);
    });
  }
  return pattern;
}

/** Between two steps the means have the sum of the counts: a mean of roots is less than the root of the mean. */
function expect(counts: Float64Array, known: Float64Array, level: Level, pattern: Float64Array): Expectation {
  const means = level.fit.map((value, index) => meanOf(value) * at(pattern, index));
  const ends = [0, ...level.steps.map(({ index }) => index), counts.length];
  for (let segment = 1; segment < ends.length; segment++) {
    const from = ends[segment - 1] ?? 0;
    const to = ends[segment] ?? 0;
    const part = known.subarray(from, to);
    const factor = (total(counts.subarray(from, to), part) + 0.5) / (total(means.subarray(from, to), part) + 0.5);
    for (let index = from; index < to; index++) means[index] = at(means, index) * factor;
  }
  let excess = 0;
  let squares = 0;
  counts.forEach((count, index) => {
    if (at(known, index) === 0) return;
    const mean = at(means, index);
    excess += (count - mean) ** 2 - mean;
    squares += mean ** 2;
  });
  return { means, size: excess > 0 ? squares / excess : Number.POSITIVE_INFINITY };
}

function drawnToUsual(counts: Float64Array, { means, size }: Expectation): Float64Array {
  return counts.map((count, index) => {
    const mean = at(means, index);
    if (count <= mean || countsAtLeast(count, mean, size) >= OUTLIER) return count;
    return firstCount(mean, (one) => countsAtLeast(one, mean, size) < OUTLIER) - 1;
  });
}

/**
 * How often a count is larger, with half of the probability of the count itself (the mid-p value: Lancaster, 1961), as a count
 * cannot be at a tail's edge.
 */
function shareAbove(count: number, mean: number, size: number): number {
  return (countsAtLeast(count, mean, size) + countsAtLeast(count + 1, mean, size)) / 2;
}

/** The counts that are rarer than `share` lie outside. */
function usualRange(mean: number, size: number, share: number): { lower: number; upper: number } {
  const upper = firstCount(mean, (count) => 2 * shareAbove(count, mean, size) <= share) - 1;
  let low = 0;
  let high = Math.floor(mean);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (2 * (1 - shareAbove(middle, mean, size)) > share) high = middle;
    else low = middle + 1;
  }
  return { lower: low, upper: Math.max(upper, Math.ceil(mean)) };
}

/** The least count from a mean on of which something holds, which then holds of all larger ones. */
function firstCount(mean: number, holds: (count: number) => boolean): number {
  let low = Math.ceil(mean);
  let high = low + 1;
  while (!holds(high) && high < 1e15) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
