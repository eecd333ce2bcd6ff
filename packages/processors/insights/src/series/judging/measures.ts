/** Anomalies of a series away from zero: sales, sessions, ratios. */
import { at } from '../at.js';
import { drawnIn, spanOf } from '../farthest.js';
import { fillGaps } from '../gaps.js';
import type { Series } from '../input.js';
import { type Frame, sharedFrames } from '../level/frames.js';
import { fitCurve, fitLevel, type Level, type LevelShape } from '../level/level.js';
import type { Step } from '../level/steps.js';
import type { Pieces } from '../pieces.js';
import { seasonalPart } from '../season.js';
import { normalTails } from '../statistics/distributions.js';
import { tailsOf } from '../statistics/tail-weight.js';
import { twoGroupsOf } from '../statistics/two-groups.js';
import { atPlaces, less } from '../vectors.js';
import { partsOfYear, repeatsAfterYear, withoutYearly, yearOf } from '../year.js';
import { beyond, type Judgement, type JudgeOptions } from './judgement.js';
import { longestRun, oneOfEachRun, runsIn } from './runs.js';
import { inDeviations, scalesOf } from './scales.js';
import { type Stabilizer, same, stabilizer } from './stabilize.js';

/** Half of the shortest wave of the level, in values: what is shorter is an event. */
const SHORTEST = 30;

/** How often the days that may be an event are replaced by the curve that the others have: it bends less each time. */
const BENT_PASSES = 3;
/** Fewer days in a row bend it no more once it has been fitted without them. */
const BENDING_RUN = 8;

/** What comes back in so many of the other years is a season: in both of two, in two of three. */
const MOST_YEARS = 0.6;

/** What is explained by so many standard deviations bends the season and the level. */
const LARGE = 2;

/** The median distance of normal noise, in standard deviations. */
const NORMAL_MIDDLE = 0.6745;

/** Undefined where nothing can be judged: a constant series. */
export function* judgeMeasures(
  series: Series,
  seasons: readonly number[],
  { exposure, explain, ...options }: JudgeOptions = {},
): Pieces<Judgement | undefined> {
  const stabilized = yield* stabilize(series, seasons, options);
  if (stabilized === undefined) return undefined;
  const { unit, stable, first, frame, year, hasParts } = stabilized;
  const { restore, loosen, tighten } = stabilized.stabilizer;
  const { known } = series;
  const shapes = options.curves?.shapes;
  const places = placesOf(known);
  yield;
  const scaled = (residuals: Float64Array) => scalesOf(residuals, places, exposure);

  let { season, level } = yield* decompose(stable, known, { frame, seasons, shapes, first });
  let residuals = less(less(stable, season), level.fit);
  let scales = scaled(residuals);
  let explained = explain?.(inDeviations(residuals, scales, known));
  if (explained?.middle.some((value) => Math.abs(value) > LARGE)) {
    // What is explained bends the season and the level around it: without it they are seen better.
    const { middle } = explained;
    const { unit: deviation, factors } = scales;
    const rest = stable.map((value, index) => value - at(middle, index) * deviation * at(factors, index));
    ({ season, level } = yield* decompose(rest, known, { frame, seasons, shapes }));
    residuals = less(less(stable, season), level.fit);
    scales = scaled(residuals);
    explained = explain?.(inDeviations(residuals, scales, known));
  }
  const { factors } = scales;
  // In units of the series again, with the noise of a usual value.
  const lowAt = (index: number) => (explained === undefined ? 0 : at(explained.low, index) * scales.unit);
  const highAt = (index: number) => (explained === undefined ? 0 : at(explained.high, index) * scales.unit);
  const middleAt = (index: number) => (explained === undefined ? 0 : at(explained.middle, index) * scales.unit);
  const isPlain = (index: number) => lowAt(index) === highAt(index);
  const own = new Float64Array(residuals.length);
  for (let index = 0; index < own.length; index++) {
    own[index] = beyond((residuals[index] ?? 0) / (factors[index] ?? 1), lowAt(index), highAt(index));
  }
  const judged = atPlaces(own, places);
  const plainOnes = oneOfEachRun(
    explained === undefined ? judged : judged.filter((_, order) => isPlain(places[order] ?? 0)),
  );
  const tails = tailsOf(plainOnes);
  if (tails.middle === 0 && level.steps.length === 0) return undefined;

  const steps = withoutYearly(level.steps, year, places);
  const deviation = tails.middle / NORMAL_MIDDLE;
  // Where nothing is known of the calendar, the first days of a month are now in one part of the year, now in another.
  const least = options.parts === undefined ? 0 : MOST_YEARS;
  const base = (index: number) => at(season, index) + at(level.fit, index);
  const back = (value: number) => unit.from(restore(value));
  const around = (index: number, reach: (sign: 1 | -1) => number) => ({
    lower: back(base(index) + (lowAt(index) - reach(-1)) * at(factors, index)),
    upper: back(base(index) + (highAt(index) + reach(1)) * at(factors, index)),
  });
  let p: Float64Array | undefined;
  let offOrdinary: Float64Array | undefined;
  return {
    curves: { shapes: level.alike, hasParts },
    places,
    get p() {
      p ??= judged.map((value) => tails.beyond(value));
      return p;
    },
    shifts: steps.map(({ index, size, score }) => ({
      index,
      size,
      p: Math.min(1, normalTails(score) * places.length),
      score,
    })),
    ordinary: (index) => back(base(index)),
    get offOrdinary() {
      offOrdinary ??= inDeviations(residuals, { ...scales, unit: deviation }, known);
      return offOrdinary;
    },
    surprise: own.map((value, index) => (at(known, index) > 0 && deviation > 0 ? value / deviation : 0)),
    isExplained: (index) =>
      isPartOfShift(index, at(own, index), steps) || repeatsAfterYear(residuals, known, index, year, least),
    expected: (index) => back(base(index) + middleAt(index) * at(factors, index)),
    usual: (index, share) => around(index, (sign) => tails.reach(share, sign)),
    events: () => {
      const groups = twoGroupsOf(plainOnes.map(loosen));
      return {
        noise: (order) => groups.noise(loosen(at(judged, order))),
        usual: (index) => around(index, (sign) => Math.abs(tighten(sign * groups.reach(sign)))),
      };
    },
    without: (shift, index) => {
      const step = steps.find((one) => one.index === shift.index);
      return back(base(index) - (step !== undefined && index >= step.index ? step.size : 0));
    },
  };
}

interface Stabilized {
  readonly unit: Unit;
  readonly stabilizer: Stabilizer;
  /** In units of the series, with a noise that does not depend on the level. */
  readonly stable: Float64Array;
  /** Their season, as it is seen beside the level. */
  readonly first: Float64Array;
  readonly frame: Frame;
  readonly year: number | undefined;
  readonly hasParts: boolean;
}

function* stabilize(
  series: Series,
  seasons: readonly number[],
  { parts, curves, frames = sharedFrames() }: JudgeOptions,
): Pieces<Stabilized | undefined> {
  const unit = unitOf(series);
  if (unit === undefined) return undefined;
  const { known } = series;
  const plain = fillGaps({ values: series.values.map(unit.to), known });
  const year = yearOf(seasons);
  const yearParts = curves?.hasParts === false ? undefined : partsOfYear(known, year, parts);
  const frame = yield* frames.of(known, { shortest: SHORTEST, year, parts: yearParts });
  yield;
  const season = seasonalPart(plain, known, seasons);
  yield;
  const own = stabilizerOf(plain, frame, season);
  yield;
  const isSame = own.transform === same;
  const stable = isSame ? plain : plain.map(own.transform);
  const first = isSame ? season : seasonalPart(stable, known, seasons);
  return { unit, stabilizer: own, stable, first, frame, year, hasParts: yearParts !== undefined };
}

export function placesOf(known: Float64Array): number[] {
  const places: number[] = [];
  for (let index = 0; index < known.length; index++) if ((known[index] ?? 0) > 0) places.push(index);
  return places;
}

interface Unit {
  to(value: number): number;
  from(value: number): number;
}

/** Digits that are kept of a value in units of the series: a series times a constant is judged with the same numbers. */
const DIGITS = 1e9;

/** A value that is farther away is judged as one that is as far. In units of the series. */
const FARTHEST = 100;

/** Undefined for a constant series. */
function unitOf({ values, known }: Series): Unit | undefined {
  const span = spanOf(
    values.filter((_, index) => at(known, index) > 0),
    FARTHEST,
  );
  if (span === undefined) return undefined;
  const { centre, scale } = span;
  return {
    to: (value) => Math.round(((drawnIn(value, span) - centre) / scale) * DIGITS) / DIGITS,
    from: (value) => centre + value * scale,
  };
}

/**
 * What the days of an event alone say of the noise is not so. One of a week or two bends the curve: its days, and those beside it,
 * are the lowest levels with the largest residuals. So the slope has to be seen without them too.
 */
function stabilizerOf(values: Float64Array, frame: Frame, season: Float64Array): Stabilizer {
  const { places } = frame;
  const rest = less(values, season);
  const by = (curve: Float64Array, residuals: Float64Array, own: Float64Array) => {
    const levels = atPlaces(season, own);
    for (let order = 0; order < levels.length; order++) {
      levels[order] = (levels[order] ?? 0) + (curve[own[order] ?? 0] ?? 0);
    }
    return stabilizer(levels, atPlaces(residuals, own));
  };
  let curve = fitCurve(rest, frame);
  let residuals = less(rest, curve);
  const whole = by(curve, residuals, places);
  if (whole.slope === 0) return whole;
  let isInRun = runsIn(residuals, places);
  if (!isInRun.includes(1)) return whole;
  const usual = rest.slice();
  let apart = whole;
  for (let pass = 0; pass < BENT_PASSES; pass++) {
    for (let order = 0; order < places.length; order++) {
      const place = places[order] ?? 0;
      usual[place] = ((isInRun[order] ?? 0) > 0 ? curve[place] : rest[place]) ?? 0;
    }
    curve = fitCurve(usual, frame);
    residuals = less(rest, curve);
    isInRun = runsIn(residuals, places);
    apart = by(
      curve,
      residuals,
      places.filter((_, order) => at(isInRun, order) === 0),
    );
    // So it is in nearly all series: the noise grows with the level, and a few days in a row are far off by chance.
    if (apart.slope * whole.slope > 0 && longestRun(isInRun) < BENDING_RUN) return whole;
  }
  return apart.slope * whole.slope > 0 ? whole : apart;
}

function* decompose(
  values: Float64Array,
  known: Float64Array,
  {
    frame,
    seasons,
    shapes,
    first = seasonalPart(values, known, seasons),
  }: {
    readonly frame: Frame;
    readonly seasons: readonly number[];
    readonly shapes: readonly LevelShape[] | undefined;
    readonly first?: Float64Array | undefined;
  },
): Pieces<{ season: Float64Array; level: Level }> {
  yield;
  const level = yield* fitLevel(less(values, first), frame, { shapes });
  if (level.steps.length === 0) return { season: first, level };
  // A step bends the seasons around it: without it they are seen better.
  const season = seasonalPart(less(values, level.fit), known, seasons);
  yield;
  const again = yield* fitLevel(less(values, season), frame, { start: level });
  return { season, level: { ...again, alike: level.alike } };
}

/** A place of a step is known to within a few values: those have its sign and are no anomalies of their own. */
function isPartOfShift(place: number, surprise: number, shifts: readonly Step[]): boolean {
  const NEAR = 3;
  return shifts.some(({ index, size }) => {
    const isBefore = place < index;
    return Math.abs(place - index) <= NEAR && Math.sign(surprise) === (isBefore ? Math.sign(size) : -Math.sign(size));
  });
}
