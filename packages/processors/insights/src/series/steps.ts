/**
 * Steps beside a curve: added one by one, each where the likelihood ratio is largest (orthogonal matching pursuit: Pati,
 * Rezaiifar and Krishnaprasad, 27th Asilomar Conference, 1993), and removed again where others have made them needless. All
 * products of steps with each other and with the curve come from sums to the end, so that a place costs no pass over the
 * values.
 */
import { at } from './at.js';
import { type Curve, project, sumsToEnd } from './curve.js';

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

/**
 * @param start steps that are looked at first
 */
export function findSteps(values: Float64Array, curve: Curve, start: readonly number[], options: StepOptions): Step[] {
  const most = Math.ceil(values.length / 45);
  const smooth = project(values, curve);
  const beyond = sumsToEnd(values.map((value, index) => value - at(smooth, index)));
  const problem = { curve, beyond, ...options };
  const bent = project(values, options.beside);
  const abrupt = {
    ...problem,
    curve: options.beside,
    beyond: sumsToEnd(values.map((value, index) => value - at(bent, index))),
  };
  const chosen = [...start];
  for (let added = 0; added < most; added++) {
    const next = bestStep(problem, chosen);
    if (next === undefined || Math.abs(next.score) < options.leastScore) break;
    chosen.push(next.index);
  }
  for (let pass = 0; pass < 2 * most; pass++) {
    // Each at its best place beside the others; then the weakest goes.
    for (let order = 0; order < chosen.length; order++) {
      const others = chosen.filter((_, index) => index !== order);
      chosen[order] = bestStep(problem, others, chosen[order])?.index ?? chosen[order] ?? 0;
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
    for (let place = index; place < rest.length; place++) rest[place] = at(rest, place) - size;
  }
  return rest;
}

interface Problem extends StepOptions {
  readonly curve: Curve;
  /** Of what the curve leaves, at each place, the sum to the end. */
  readonly beyond: Float64Array;
}

/** The product of two steps of size 1, without what the curve explains of them. */
function product({ count, sums }: Curve, one: number, other: number): number {
  let result = count - Math.max(one, other);
  for (let order = 0; order < sums.length; order++) {
    const sum = sums[order];
    if (sum !== undefined) result -= at(sum, one) * at(sum, other);
  }
  return result;
}

function sizesOf(problem: Problem, indices: readonly number[]): Step[] {
  const { curve, beyond, noise } = problem;
  const inverse = inverted(indices.map((one) => indices.map((other) => product(curve, one, other))));
  return indices.map((index, order) => {
    const row = inverse[order] ?? [];
    const size = indices.reduce((sum, other, column) => sum + (row[column] ?? 0) * at(beyond, other), 0);
    return { index, size, score: size / (noise * Math.sqrt(Math.max(row[order] ?? 0, Number.MIN_VALUE))) };
  });
}

/** @param near only within a few values of this place */
function bestStep(problem: Problem, taken: readonly number[], near?: number): Step | undefined {
  const { curve, beyond, noise, leastSegment } = problem;
  const inverse = inverted(taken.map((one) => taken.map((other) => product(curve, one, other))));
  const sizes = inverse.map((row) =>
    taken.reduce((sum, other, column) => sum + (row[column] ?? 0) * at(beyond, other), 0),
  );
  const REACH = 3;
  const from = Math.max(leastSegment, near === undefined ? 0 : near - REACH);
  const to = Math.min(curve.count - leastSegment, near === undefined ? curve.count : near + REACH);
  const shared = new Float64Array(taken.length);
  let best: Step | undefined;
  for (let index = to; index >= from; index--) {
    let information = at(curve.information, index);
    let sum = at(beyond, index);
    for (let order = 0; order < shared.length; order++) {
      const own = product(curve, index, taken[order] ?? 0);
      shared[order] = own;
      sum -= own * (sizes[order] ?? 0);
      const row = inverse[order];
      // The inverse is symmetric: each pair once, and its diagonal.
      information -= own * own * (row?.[order] ?? 0);
      for (let column = 0; column < order; column++) information -= 2 * own * at(shared, column) * (row?.[column] ?? 0);
    }
    if (information < 1) continue;
    const score = sum / (noise * Math.sqrt(information));
    // Of places that fit alike within rounding the last, so that it does not depend on the unit of the values.
    if (best !== undefined && Math.abs(score) <= Math.abs(best.score) * (1 + 1e-9)) continue;
    if (taken.some((other) => Math.abs(other - index) < leastSegment)) continue;
    best = { index, size: sum / information, score };
  }
  return best;
}

/** Of a symmetric positive matrix, by Gauss and Jordan. */
function inverted(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, order) => [...row, ...row.map((_, column) => (column === order ? 1 : 0))]);
  for (let order = 0; order < size; order++) {
    const own = rows[order] ?? [];
    const pivot = Math.max(own[order] ?? 0, 1e-9);
    for (let column = 0; column < 2 * size; column++) own[column] = (own[column] ?? 0) / pivot;
    for (const [index, row] of rows.entries()) {
      const factor = row[order] ?? 0;
      if (index === order || factor === 0) continue;
      for (let column = 0; column < 2 * size; column++) row[column] = (row[column] ?? 0) - factor * (own[column] ?? 0);
    }
  }
  return rows.map((row) => row.slice(size));
}
