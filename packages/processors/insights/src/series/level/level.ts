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
import { at } from '../at.js';
import type { Pieces } from '../pieces.js';
import { clippedCorrelation } from '../statistics/autocorrelation.js';
import { ownMedian, ownMedianNear } from '../statistics/quantile.js';
import { atPlaces, less } from '../vectors.js';
import { type Curve, project, smoother } from './curve.js';
import type { Frame } from './frames.js';
import { findSteps, type Step, type StepOptions, withoutSteps } from './steps.js';

/** Which curve it is. */
export interface LevelShape {
  /** The name of one of the frame's families. */
  readonly family: string;
  readonly waves: number;
}

export interface Level extends LevelShape {
  /** Curve and steps. */
  readonly fit: Float64Array;
  readonly steps: readonly Step[];
  /** The shapes that fit nearly as well, itself among them. */
  readonly alike: readonly LevelShape[];
}

export interface LevelOptions {
  /** A smaller step, in standard deviations of a value, is no event: a curve that bends has them. Default: 1.2 */
  readonly leastSize?: number;
  /** The least score of a step beside the most bent curve. Default: 2.5 */
  readonly leastAbrupt?: number;
  /** A fit to begin with, whose shape is kept. */
  readonly start?: Level;
  /** Default: all that the frame has */
  readonly shapes?: readonly LevelShape[] | undefined;
}

const PER_MAD = 1.4826;
/** Deviations from the fit beyond which a value is drawn nearer: 96 % efficient at normal noise. */
const REACH = 1.5;
/** Of values whose range is about 1: more than rounding is. */
const LEAST_NOISE = 1e-6;
const COST_OF_STEP = 3;
/** A choice that is so much worse than another after its first steps is given up. */
const GIVEN_UP = 80;
/** What is so much worse is the worse one beyond doubt (Kass and Raftery, Journal of the American Statistical Association 90, 1995). */
const ALIKE = 10;
const LEAST_SEGMENT = 7;
/** Curve and steps are fitted in turns. */
const ROUNDS = 3;

/** The curve alone, as bent as it can be. */
export function fitCurve(values: Float64Array, frame: Frame): Float64Array {
  const observed = atPlaces(values, frame.places);
  return spreadOut(fitRobust(observed, frame.mostBent, [], winsorized(observed), 3).fit, frame);
}

export function* fitLevel(
  values: Float64Array,
  frame: Frame,
  { leastSize = 1.2, leastAbrupt = 2.5, start, shapes = start && [start] }: LevelOptions = {},
): Pieces<Level> {
  const { places, families } = frame;
  const observed = atPlaces(values, places);
  const bent = fitRobust(observed, frame.mostBent, [], winsorized(observed), 3);
  const { noise, pseudo } = bent;
  const smooth = { noise, pseudo, memory: clippedCorrelation(less(observed, bent.fit), 2.5 * noise) };
  const startSteps = (start?.steps ?? []).map(({ index }) => places.indexOf(index));
  const tried: (Choice & LevelShape)[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (const { name: family, counts, curve: made } of families) {
    const own = shapes === undefined ? counts : shapes.filter((one) => one.family === family).map(({ waves }) => waves);
    if (own.length === 0) continue;
    yield;
    const curve = yield* made();
    for (const waves of own) {
      yield;
      const given = { start: startSteps, leastSize, leastAbrupt, mostCriterion: best + GIVEN_UP };
      const choice = yield* withSteps(observed, { curve, waves }, smooth, given);
      best = Math.min(best, choice.criterion);
      tried.push({ ...choice, family, waves });
    }
  }
  const chosen = tried.find(({ criterion }) => criterion === best);
  if (chosen === undefined) throw new Error('A frame has at least one curve');
  const { family, waves } = chosen;
  return {
    fit: spreadOut(chosen.fit, frame),
    steps: chosen.steps.map((step) => ({ ...step, index: at(places, step.index) })),
    waves,
    family,
    alike: tried.filter(({ criterion }) => criterion <= best + ALIKE).map(({ family, waves }) => ({ family, waves })),
  };
}

class RobustFit {
  readonly fit: Float64Array;
  /** The values, with outliers drawn to within reach. */
  readonly pseudo: Float64Array;
  readonly #noise: () => number;
  #known: number | undefined;

  constructor(fit: Float64Array, pseudo: Float64Array, noise: () => number) {
    this.fit = fit;
    this.pseudo = pseudo;
    this.#noise = noise;
  }

  /** Standard deviation of a value, by the median distance. Of the last fit it is not asked for, and takes as long as the fit. */
  get noise(): number {
    this.#known ??= this.#noise();
    return this.#known;
  }
}

/** @param guess about the noise, where it is known */
function fitRobust(
  values: Float64Array,
  curve: Curve,
  steps: readonly Step[],
  start: Float64Array,
  passes: number,
  guess?: number,
): RobustFit {
  const smooth = withoutSteps(values, steps);
  const begin = withoutSteps(start, steps);
  let last = fitTo(begin, smooth, curve, guess);
  for (let pass = 0; pass < passes; pass++) last = fitAgain(smooth, curve, last);
  if (steps.length === 0) return last;
  const back = steps.map((step) => ({ ...step, size: -step.size }));
  return new RobustFit(withoutSteps(last.fit, back), withoutSteps(last.pseudo, back), () => last.noise);
}

function fitAgain(values: Float64Array, curve: Curve, { fit, noise }: RobustFit): RobustFit {
  return fitTo(drawnTo(values, fit, REACH * noise), values, curve, noise);
}

function fitTo(pseudo: Float64Array, values: Float64Array, curve: Curve, guess?: number): RobustFit {
  const fit = project(pseudo, curve);
  return new RobustFit(fit, pseudo, () => spreadOf(values, fit, guess));
}

function spreadOf(values: Float64Array, fit: Float64Array, guess?: number): number {
  const distances = new Float64Array(values.length);
  for (let index = 0; index < distances.length; index++) {
    distances[index] = Math.abs((values[index] ?? 0) - (fit[index] ?? 0));
  }
  const median = guess === undefined ? ownMedian(distances) : ownMedianNear(distances, guess / PER_MAD);
  return Math.max(LEAST_NOISE, PER_MAD * median);
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
  const near = new Float64Array(2 * HALF + 1);
  for (let index = 0; index < values.length; index += EVERY) {
    const from = Math.max(0, index - HALF);
    const to = Math.min(values.length, index + HALF + 1);
    for (let place = from; place < to; place++) near[place - from] = values[place] ?? 0;
    medians.fill(ownMedian(to - from < near.length ? near.subarray(0, to - from) : near), index, index + EVERY);
  }
  return drawnTo(values, medians, 2 * spreadOf(values, medians));
}

interface SmoothFit extends Pick<RobustFit, 'noise' | 'pseudo'> {
  /** Autocorrelation of neighbours, 0 to 0.9. */
  readonly memory: number;
}

interface Choice {
  readonly fit: Float64Array;
  readonly steps: readonly Step[];
  readonly criterion: number;
}

interface WithStepsOptions extends Pick<StepOptions, 'leastSize' | 'leastAbrupt'> {
  readonly start: readonly number[];
  /** What is worse than this is not looked at further. */
  readonly mostCriterion: number;
}

function* withSteps(
  values: Float64Array,
  { curve: whole, waves }: { readonly curve: Curve; readonly waves: number },
  smooth: SmoothFit,
  { start, leastSize, leastAbrupt, mostCriterion }: WithStepsOptions,
): Pieces<Choice> {
  const count = values.length;
  const { memory } = smooth;
  const curve = smoother(whole, waves);
  let result = fitRobust(values, curve, [], smooth.pseudo, 1, smooth.noise);
  let steps: readonly Step[] = [];
  let noise = smooth.noise;
  let criterion = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = steps.map(({ index }) => index);
    // The pseudo-values are drawn to the last fit, whose steps are in it: what lies behind a step is no outlier.
    const known = {
      smooth: withoutSteps(result.fit, steps),
      start: round === 0 ? start : before,
      isFirst: round === 0,
    };
    steps = yield* findSteps(result.pseudo, curve, known, {
      beside: whole,
      leastAbrupt,
      noise: noise * Math.sqrt((1 + memory) / (1 - memory)),
      leastScore: leastScore(count),
      leastSize: leastSize * noise,
      leastSegment: LEAST_SEGMENT,
    });
    // Without steps the last fit is that of its pseudo-values already.
    result =
      before.length + steps.length === 0
        ? fitAgain(values, curve, result)
        : fitRobust(values, curve, steps, result.pseudo, 1, noise);
    criterion = criterionOf(values, result.fit, smooth, curve.vectors.length + COST_OF_STEP * steps.length);
    const isSame = steps.length === before.length && steps.every(({ index }, order) => index === before[order]);
    if (isSame || criterion > mostCriterion || round === ROUNDS - 1) break;
    noise = Math.min(noise, result.noise);
  }
  return { fit: result.fit, steps, criterion };
}

/** The Bayesian information criterion. */
function criterionOf(
  values: Float64Array,
  fit: Float64Array,
  { noise, memory }: SmoothFit,
  coefficients: number,
): number {
  const reach = 2.5 * noise;
  const count = values.length;
  let squares = 0;
  for (let index = 0; index < count; index++) {
    squares += Math.min(reach, Math.abs((values[index] ?? 0) - (fit[index] ?? 0))) ** 2;
  }
  const effective = (count * (1 - memory)) / (1 + memory);
  return effective * Math.log(squares / count + Number.MIN_VALUE) + Math.log(count) * coefficients;
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
