/**
 * Steps beside a curve: added one by one, each where the likelihood ratio is largest (orthogonal matching pursuit: Pati,
 * Rezaiifar and Krishnaprasad, 27th Asilomar Conference, 1993), and removed again where others have made them needless. All
 * products of steps with each other and with the curve come from sums to the end, so that a place costs no pass over the
 * values.
 */
import { at } from './at.js';
import { type Curve, project, sumsToEnd } from './curve.js';
import type { Pieces } from './pieces.js';
import { addTo, less } from './vectors.js';

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
  readonly beside: StepProducts;
  readonly leastAbrupt: number;
}

/**
 * @param start steps that are looked at first
 */
export function* findSteps(
  values: Float64Array,
  products: StepProducts,
  start: readonly number[],
  options: StepOptions,
): Pieces<Step[]> {
  const most = Math.ceil(values.length / 45);
  const problem = problemOf(values, products, options);
  const chosen = addSteps(problem, start, most);
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

/**
 * The products of steps of size 1 without what a curve explains of them. Kept, because the same steps are looked at again and
 * again.
 */
export class StepProducts {
  readonly #columns = new Map<number, Float64Array>();

  constructor(readonly curve: Curve) {}

  /** Of one step with those at each place. Not to be written to. */
  of(step: number): Float64Array {
    const known = this.#columns.get(step);
    if (known !== undefined) return known;
    const { count, sums } = this.curve;
    const column = new Float64Array(count);
    for (let place = 0; place < count; place++) column[place] = count - Math.max(place, step);
    addTo(
      column,
      sums,
      sums.map((sum) => -at(sum, step)),
    );
    this.#columns.set(step, column);
    return column;
  }
}

interface Problem extends StepOptions {
  readonly products: StepProducts;
  /** Of what the curve leaves, at each place, the sum to the end. */
  readonly beyond: Float64Array;
}

function problemOf(values: Float64Array, products: StepProducts, options: StepOptions): Problem {
  return { ...options, products, beyond: sumsToEnd(less(values, project(values, products.curve))) };
}

function sizesOf(problem: Problem, indices: readonly number[]): Step[] {
  const { beyond, noise, products } = problem;
  const columns = indices.map((one) => products.of(one));
  const inverse = inverted(columns.map((column) => valuesAt(column, indices)));
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
  readonly #places: readonly number[] | undefined;
  readonly #parts: Float64Array[] = [];
  readonly sums: Float64Array;
  readonly information: Float64Array;

  /** @param places those that are looked at, and those of the steps that will be taken out. Default: all */
  constructor(problem: Problem, places?: readonly number[]) {
    this.#problem = problem;
    this.#places = places;
    this.sums = valuesAt(problem.beyond, places);
    this.information = valuesAt(problem.products.curve.information, places);
  }

  /** @param own the order of its place */
  takeOut(own: number): void {
    const part = valuesAt(this.#problem.products.of(this.#places?.[own] ?? own), this.#places);
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

/** A copy of the values at some places, by default of all. */
function valuesAt(values: Float64Array, places: readonly number[] | undefined): Float64Array {
  if (places === undefined) return values.slice();
  const own = new Float64Array(places.length);
  for (let order = 0; order < own.length; order++) own[order] = at(values, places[order] ?? 0);
  return own;
}

/** The steps that are worth it, each where it is best beside those before it. */
function addSteps(problem: Problem, start: readonly number[], most: number): number[] {
  const { leastScore } = problem;
  const chosen = [...start];
  const remainder = new Remainder(problem);
  for (const step of start) remainder.takeOut(step);
  for (let added = 0; added < most; added++) {
    const next = bestOf(problem, chosen, remainder, 0);
    if (next === undefined || Math.abs(next.score) < leastScore) break;
    chosen.push(next.index);
    remainder.takeOut(next.index);
  }
  return chosen;
}

/** The best place for a step within a few values of one, beside others. */
function bestNear(problem: Problem, others: readonly number[], near: number): Step | undefined {
  const REACH = 3;
  const from = Math.max(0, near - REACH);
  const to = Math.min(problem.products.curve.count - 1, near + REACH);
  const places = [...Array.from({ length: to - from + 1 }, (_, order) => from + order), ...others];
  const remainder = new Remainder(problem, places);
  for (let order = 0; order < others.length; order++) remainder.takeOut(to - from + 1 + order);
  return bestOf(problem, others, remainder, from, to);
}

/** @param first the place that the remainder begins with */
function bestOf(
  { products: { curve }, noise, leastSegment }: Problem,
  taken: readonly number[],
  { sums, information }: Remainder,
  first: number,
  last = curve.count - 1,
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
