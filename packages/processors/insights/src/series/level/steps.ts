/**
 * Steps beside a curve. PELT proposes places for them in what the curve leaves; then all are fitted together with the curve, each
 * is moved to its best place beside the others, and the weakest is removed until all are worth it. All products of steps with
 * each other and with the curve come from sums to the end, so that a place costs no pass over the values.
 */
import { at } from '../at.js';
import type { Pieces } from '../pieces.js';
import { addTo, less } from '../vectors.js';
import { type Curve, project, sumsToEnd } from './curve.js';
import { pelt } from './pelt.js';

export interface Step {
  /** The first value of the new level. */
  readonly index: number;
  readonly size: number;
  /** How many standard errors it is large. */
  readonly score: number;
}

export interface StepOptions {
  /** Standard deviation of a value, with its memory: what makes sums of it vary. */
  readonly noise: number;
  readonly leastScore: number;
  readonly leastSize: number;
  /** Values between two steps, and before the first and after the last, at least. */
  readonly leastSegment: number;
  /** A step is abrupt: beside this curve, which bends more, it still has a score of `leastAbrupt`. */
  readonly beside: Curve;
  readonly leastAbrupt: number;
}

/** Steps for each value, at most. */
const MOST_SHARE = 1 / 45;
/** Proposals are looked for at every third place; afterwards each is moved to the best place near it. */
const EVERY = 3;
/** What lies beside a step is bent by the curve: a proposal needs this share of the gain that a step has to have. */
const PROPOSED = 0.6;

/**
 * @param smooth what is expected of the values without their steps
 * @param start steps that are looked at beside those that are proposed
 * @param isFirst steps are proposed once: later only those from the start are looked at
 */
export function* findSteps(
  values: Float64Array,
  curve: Curve,
  {
    smooth,
    start,
    isFirst,
  }: { readonly smooth: Float64Array; readonly start: readonly number[]; readonly isFirst: boolean },
  options: StepOptions,
): Pieces<Step[]> {
  const most = Math.ceil(values.length * MOST_SHARE);
  const problem = problemOf(values, curve, options);
  const chosen = isFirst ? strongest(problem, withProposed(less(values, smooth), start, options), most) : [...start];
  if (chosen.length === 0) return [];
  const abrupt = problemOf(values, options.beside, options);
  for (let pass = 0; pass < 2 * most; pass++) {
    yield;
    // Each at its best place beside the others; then the weakest goes.
    for (let order = 0; order < chosen.length; order++) {
      const others = chosen.filter((_, index) => index !== order);
      const own = chosen[order] ?? 0;
      chosen[order] = bestNear(problem, others, own)?.index ?? own;
    }
    const steps = sizesOf(problem, chosen);
    const scores = sizesOf(abrupt, chosen).map(({ score }) => score);
    const isKept = ({ score, size }: Step, order: number) =>
      Math.abs(score) >= options.leastScore &&
      Math.abs(size) >= options.leastSize &&
      (scores[order] ?? 0) * Math.sign(score) >= options.leastAbrupt;
    const weakest = steps
      .filter((step, order) => !isKept(step, order))
      .sort((a, b) => Math.abs(a.score) - Math.abs(b.score))[0];
    if (weakest === undefined) return steps.sort((a, b) => a.index - b.index);
    chosen.splice(chosen.indexOf(weakest.index), 1);
  }
  return [];
}

/** The values without steps. */
export function withoutSteps(values: Float64Array, steps: readonly Step[]): Float64Array {
  const rest = values.slice();
  for (const { index, size } of steps) {
    for (let place = index; place < rest.length; place++) rest[place] = (rest[place] ?? 0) - size;
  }
  return rest;
}

/** The steps from the start, and those that are proposed and no nearer to them than steps may be. */
function withProposed(
  rest: Float64Array,
  start: readonly number[],
  { noise, leastScore, leastSegment }: StepOptions,
): number[] {
  const penalty = PROPOSED * (leastScore * noise) ** 2;
  const chosen = [...start];
  for (const place of pelt(rest, { penalty, leastSegment, every: EVERY })) {
    if (chosen.every((other) => Math.abs(other - place) >= leastSegment)) chosen.push(place);
  }
  return chosen;
}

function strongest(problem: Problem, chosen: readonly number[], most: number): number[] {
  if (chosen.length <= most) return [...chosen];
  const sorted = sizesOf(problem, chosen).sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
  return sorted.slice(0, most).map(({ index }) => index);
}

/** The products of a step of size 1 with others, without what a curve explains of them. */
function productsOf({ count, sums }: Curve, step: number, others: readonly number[]): Float64Array {
  const products = new Float64Array(others.length);
  for (let order = 0; order < others.length; order++) products[order] = count - Math.max(step, others[order] ?? 0);
  for (const sum of sums) {
    const own = sum[step] ?? 0;
    for (let order = 0; order < others.length; order++) {
      products[order] = (products[order] ?? 0) - own * (sum[others[order] ?? 0] ?? 0);
    }
  }
  return products;
}

function valuesAt(values: Float64Array, places: readonly number[]): Float64Array {
  const own = new Float64Array(places.length);
  for (let order = 0; order < own.length; order++) own[order] = at(values, places[order] ?? 0);
  return own;
}

interface Problem extends StepOptions {
  readonly curve: Curve;
  /** Of what the curve leaves, at each place, the sum to the end. */
  readonly beyond: Float64Array;
}

function problemOf(values: Float64Array, curve: Curve, options: StepOptions): Problem {
  return { ...options, curve, beyond: sumsToEnd(less(values, project(values, curve))) };
}

function sizesOf(problem: Problem, indices: readonly number[]): Step[] {
  const { beyond, curve, noise } = problem;
  const inverse = inverted(indices.map((one) => productsOf(curve, one, indices)));
  return indices.map((index, order) => {
    const row = inverse[order] ?? new Float64Array(0);
    let size = 0;
    for (let column = 0; column < indices.length; column++) size += at(row, column) * at(beyond, indices[column] ?? 0);
    return { index, size, score: size / (noise * Math.sqrt(Math.max(at(row, order), Number.MIN_VALUE))) };
  });
}

/**
 * What steps leave at some places: of a further step its product with the values, and what it can be known by. Steps are made
 * orthonormal one after the other (Gram and Schmidt).
 */
class Remainder {
  readonly #problem: Problem;
  readonly #places: readonly number[];
  readonly #parts: Float64Array[] = [];
  readonly sums: Float64Array;
  readonly information: Float64Array;

  /** @param places those that are looked at, and those of the steps that will be taken out */
  constructor(problem: Problem, places: readonly number[]) {
    this.#problem = problem;
    this.#places = places;
    this.sums = valuesAt(problem.beyond, places);
    this.information = valuesAt(problem.curve.information, places);
  }

  /** @param own the order of its place */
  takeOut(own: number): void {
    const part = productsOf(this.#problem.curve, this.#places[own] ?? 0, this.#places);
    addTo(
      part,
      this.#parts,
      this.#parts.map((other) => -at(other, own)),
    );
    const length = Math.sqrt(Math.max(at(part, own), 1e-9));
    const height = at(this.sums, own) / length;
    for (let order = 0; order < part.length; order++) {
      const value = at(part, order) / length;
      part[order] = value;
      this.sums[order] = at(this.sums, order) - height * value;
      this.information[order] = at(this.information, order) - value * value;
    }
    this.#parts.push(part);
  }
}

/** The best place for a step within a few values of one, beside others. */
function bestNear(problem: Problem, others: readonly number[], near: number): Step | undefined {
  const REACH = 3;
  const from = Math.max(0, near - REACH);
  const to = Math.min(problem.curve.count - 1, near + REACH);
  const places = [...Array.from({ length: to - from + 1 }, (_, order) => from + order), ...others];
  const remainder = new Remainder(problem, places);
  for (let order = 0; order < others.length; order++) remainder.takeOut(to - from + 1 + order);
  return bestOf(problem, others, remainder, from, to);
}

/** @param first the place that the remainder begins with */
function bestOf(
  { curve, noise, leastSegment }: Problem,
  taken: readonly number[],
  { sums, information }: Remainder,
  first: number,
  last: number,
): Step | undefined {
  let best: Step | undefined;
  const from = Math.max(leastSegment, first);
  for (let index = Math.min(curve.count - leastSegment, last); index >= from; index--) {
    const known = at(information, index - first);
    if (known < 1) continue;
    const sum = at(sums, index - first);
    const score = sum / (noise * Math.sqrt(known));
    // Of places that fit alike within rounding the last, so that it does not depend on the unit of the values.
    if (best !== undefined && Math.abs(score) <= Math.abs(best.score) * (1 + 1e-9)) continue;
    if (taken.some((other) => Math.abs(other - index) < leastSegment)) continue;
    best = { index, size: sum / known, score };
  }
  return best;
}

/** Of a symmetric positive matrix, by Gauss and Jordan. */
function inverted(matrix: readonly Float64Array[]): Float64Array[] {
  const size = matrix.length;
  const rows = matrix.map((row, order) => {
    const wide = new Float64Array(2 * size);
    wide.set(row);
    wide[size + order] = 1;
    return wide;
  });
  rows.forEach((own, order) => {
    const pivot = Math.max(at(own, order), 1e-9);
    for (let column = 0; column < 2 * size; column++) own[column] = at(own, column) / pivot;
    for (const row of rows) {
      const factor = at(row, order);
      if (row === own || factor === 0) continue;
      for (let column = 0; column < 2 * size; column++) row[column] = at(row, column) - factor * at(own, column);
    }
  });
  return rows.map((row) => row.subarray(size));
}
