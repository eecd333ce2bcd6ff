/**
 * The level of a series whose season is taken out: a smooth curve with steps. Curve and steps are fitted together, because a
 * curve that is fitted first bends towards a step, and steps that are looked for first are found in every bend.
 *
 * - How bent the curve is, is chosen by the Bayesian information criterion (Schwarz, Annals of Statistics 6, 1978), in which
 *   a step counts as three coefficients: its size, and twice for its place (Zhang and Siegmund, Biometrics 63, 2007).
 * - Noise with a memory makes steps that are none: what the autocorrelation of the residuals explains is taken out.
 * - Outliers are drawn to within a reach of the fit (Huber's pseudo-values: "Robust Statistics", 1981, chapter 7), so that a
 *   spike makes no step.
 */
import { at } from './at.js';
import { type Curve, curveOf, project, smoother } from './curve.js';
import type { Pieces } from './pieces.js';
import { clippedCorrelation } from './statistics/autocorrelation.js';
import { medianOf, ownMedian } from './statistics/quantile.js';
import { findSteps, type Step, type StepOptions, StepProducts, withoutSteps } from './steps.js';
import { less } from './vectors.js';

export interface Level {
  /** Curve and steps. */
  readonly fit: Float64Array;
  readonly steps: readonly Step[];
  /** Waves of the curve. */
  readonly waves: number;
  /** Whether the parts of the year are in it. */
  readonly isYearly: boolean;
}

export interface LevelOptions {
  /** A smaller step, in standard deviations of a value, is no event: a curve that bends has them. Default: 1.2 */
  readonly leastSize?: number;
  /** The least score of a step beside the most bent curve. Default: 2.5 */
  readonly leastAbrupt?: number;
  /** A fit to begin with, whose number of waves is kept. */
  readonly start?: Level;
}

const PER_MAD = 1.4826;
/** Deviations from the fit beyond which a value is drawn nearer: 96 % efficient at normal noise. */
const REACH = 1.5;
/** Of values whose range is about 1: more than rounding is. */
const LEAST_NOISE = 1e-6;
const MOST_WAVES = 96;
/** Beside the parts of the year: what bends within a few months is in them. */
const MOST_BESIDE_YEAR = 24;
const COST_OF_STEP = 3;
const LEAST_SEGMENT = 7;

/** Where values are known, and the most bent curve there: the same for all series with these gaps. */
export interface Frame {
  readonly length: number;
  readonly places: Float64Array;
  readonly curve: Curve;
  /** The same with the parts of the year, where they are known. */
  readonly yearly?: Curve;
}

/**
 * @param shortest half the length of the shortest wave of the curve, in values
 * @param parts of the year
 */
export function* frameOf(known: Float64Array, shortest: number, parts?: Int32Array): Pieces<Frame> {
  const places = known.map((_, index) => index).filter((index) => at(known, index) > 0);
  const { length } = known;
  const waves = Math.min(MOST_WAVES, Math.floor(length / shortest), Math.floor(places.length / 14));
  const curve = yield* curveOf(places, length, waves);
  if (parts === undefined) return { length, places, curve };
  yield;
  const yearly = yield* curveOf(places, length, Math.min(MOST_BESIDE_YEAR, waves), parts);
  return { length, places, curve, yearly };
}

/** Series of the same days have the same gaps: what is known of one frame is kept for the next series. */
export class Frames {
  readonly #made: { readonly known: Float64Array; readonly shortest: number; readonly frame: Frame }[] = [];

  /** @param parts the same for all */
  *of(known: Float64Array, shortest: number, parts?: Int32Array): Pieces<Frame> {
    const made = this.#made.find((one) => one.shortest === shortest && isEqual(one.known, known));
    if (made !== undefined) return made.frame;
    const frame = yield* frameOf(known, shortest, parts);
    this.#made.push({ known, shortest, frame });
    return frame;
  }
}

function isEqual(one: Float64Array, other: Float64Array): boolean {
  return one.length === other.length && one.every((value, index) => value === at(other, index));
}

/** The curve alone, as bent as it can be. */
export function fitCurve(values: Float64Array, frame: Frame): Float64Array {
  const observed = frame.places.map((place) => at(values, place));
  return spreadOut(fitRobust(observed, frame.yearly ?? frame.curve, [], winsorized(observed), 3).fit, frame);
}

export function* fitLevel(
  values: Float64Array,
  frame: Frame,
  { leastSize = 1.2, leastAbrupt = 2.5, start }: LevelOptions = {},
): Pieces<Level> {
  const { places, curve, yearly } = frame;
  const observed = places.map((place) => at(values, place));
  const smooth = fitRobust(observed, yearly ?? curve, [], winsorized(observed), 3);
  const startSteps = (start?.steps ?? []).map(({ index }) => places.indexOf(index));
  function* choose(whole: Curve, waves: readonly number[]): Pieces<readonly Choice[]> {
    const beside = new StepProducts(whole);
    const options = { start: startSteps, leastSize, leastAbrupt, beside };
    const choices: Choice[] = [];
    for (const count of waves) {
      yield;
      choices.push(yield* withSteps(observed, smoother(whole, count), smooth, options));
    }
    return choices;
  }
  const most = (whole: Curve) => whole.vectors.length - whole.fixed;
  const choices =
    start === undefined
      ? [
          ...(yield* choose(curve, yearly === undefined ? waveCounts(most(curve)) : [0, 6, most(curve) >> 1])),
          ...(yearly === undefined ? [] : yield* choose(yearly, waveCounts(most(yearly)))),
        ]
      : yield* choose(start.isYearly && yearly !== undefined ? yearly : curve, [start.waves]);
  const best = choices.reduce((one, other) => (other.criterion < one.criterion ? other : one));
  return {
    fit: spreadOut(best.fit, frame),
    steps: best.steps.map((step) => ({ ...step, index: at(places, step.index) })),
    waves: best.waves,
    isYearly: best.isYearly,
  };
}

function waveCounts(most: number): number[] {
  const counts = [0];
  for (let waves = most; waves >= 3; waves >>= 1) counts.push(waves);
  return counts;
}

interface RobustFit {
  readonly fit: Float64Array;
  /** Standard deviation of a value, by the median distance. */
  readonly noise: number;
  /** Autocorrelation of neighbours, 0 to 0.9. */
  readonly memory: number;
  /** The values, with outliers drawn to within reach. */
  readonly pseudo: Float64Array;
}

function fitRobust(
  values: Float64Array,
  curve: Curve,
  steps: readonly Step[],
  start: Float64Array,
  passes: number,
): RobustFit {
  const smooth = withoutSteps(values, steps);
  let pseudo = withoutSteps(start, steps);
  let fit = project(pseudo, curve);
  let noise = spreadOf(smooth, fit);
  for (let pass = 0; pass < passes; pass++) {
    pseudo = drawnTo(smooth, fit, REACH * noise);
    fit = project(pseudo, curve);
    noise = spreadOf(smooth, fit);
  }
  const memory = clippedCorrelation(less(smooth, fit), 2.5 * noise);
  const back = steps.map((step) => ({ ...step, size: -step.size }));
  return { fit: withoutSteps(fit, back), noise, memory, pseudo: withoutSteps(pseudo, back) };
}

function spreadOf(values: Float64Array, fit: Float64Array): number {
  const distances = less(values, fit);
  for (let index = 0; index < distances.length; index++) distances[index] = Math.abs(distances[index] ?? 0);
  return Math.max(LEAST_NOISE, PER_MAD * ownMedian(distances));
}

function drawnTo(values: Float64Array, fit: Float64Array, limit: number): Float64Array {
  const drawn = new Float64Array(values.length);
  for (let index = 0; index < drawn.length; index++) {
    const centre = fit[index] ?? 0;
    drawn[index] = Math.min(Math.max(values[index] ?? 0, centre - limit), centre + limit);
  }
  return drawn;
}

/** A first guess that no spike moves much: values drawn to the median of their neighbourhood. */
function winsorized(values: Float64Array): Float64Array {
  const HALF = 10;
  const EVERY = 5;
  const medians = new Float64Array(values.length);
  for (let index = 0; index < values.length; index += EVERY) {
    medians.fill(medianOf(values.subarray(Math.max(0, index - HALF), index + HALF + 1)), index, index + EVERY);
  }
  return drawnTo(values, medians, 2 * spreadOf(values, medians));
}

interface Choice {
  readonly fit: Float64Array;
  readonly steps: readonly Step[];
  readonly waves: number;
  readonly isYearly: boolean;
  readonly criterion: number;
}

interface WithStepsOptions extends Pick<StepOptions, 'leastSize' | 'leastAbrupt' | 'beside'> {
  readonly start: readonly number[];
}

function* withSteps(
  values: Float64Array,
  curve: Curve,
  smooth: RobustFit,
  { start, leastSize, ...options }: WithStepsOptions,
): Pieces<Choice> {
  const count = values.length;
  const { memory } = smooth;
  let result = fitRobust(values, curve, [], smooth.pseudo, 1);
  let steps: readonly Step[] = [];
  let noise = smooth.noise;
  const products = new StepProducts(curve);
  for (let round = 0; round < 3; round++) {
    const before = steps.map(({ index }) => index);
    // The pseudo-values are drawn to the last fit, whose steps are in it: what lies behind a step is no outlier.
    steps = yield* findSteps(result.pseudo, products, round === 0 ? start : before, {
      ...options,
      noise: noise * Math.sqrt((1 + memory) / (1 - memory)),
      leastScore: leastScore(count),
      leastSize: leastSize * noise,
      leastSegment: LEAST_SEGMENT,
    });
    result = fitRobust(values, curve, steps, result.pseudo, 1);
    noise = Math.min(noise, result.noise);
    if (steps.length === before.length && steps.every(({ index }, order) => index === before[order])) break;
  }
  const reach = 2.5 * smooth.noise;
  let squares = 0;
  for (let index = 0; index < count; index++) {
    squares += Math.min(reach, Math.abs(at(values, index) - at(result.fit, index))) ** 2;
  }
  const effective = (count * (1 - memory)) / (1 + memory);
  const coefficients = curve.vectors.length + COST_OF_STEP * steps.length;
  const criterion = effective * Math.log(squares / count + Number.MIN_VALUE) + Math.log(count) * coefficients;
  const isYearly = curve.fixed > 2;
  return { fit: result.fit, steps, waves: curve.vectors.length - curve.fixed, isYearly, criterion };
}

/** The largest score of a series without a step is this large in few: an extreme of as many places. */
function leastScore(count: number): number {
  return Math.sqrt(2 * Math.log(Math.max(count, 2)) + 3);
}

/** From the known places to all, straight over gaps. */
function spreadOut(values: Float64Array, { places, length }: Frame): Float64Array {
  const all = new Float64Array(length);
  const count = places.length;
  all.fill(at(values, 0), 0, at(places, 0) + 1);
  all.fill(at(values, count - 1), at(places, count - 1));
  for (let order = 1; order < count; order++) {
    const from = at(places, order - 1);
    const to = at(places, order);
    const slope = (at(values, order) - at(values, order - 1)) / (to - from);
    for (let index = from + 1; index <= to; index++) all[index] = at(values, order) - slope * (to - index);
  }
  return all;
}
