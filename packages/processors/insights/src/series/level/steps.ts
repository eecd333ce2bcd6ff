/**
 * Steps beside a curve. PELT proposes places for them in what the curve leaves; then all are fitted together with the curve, each
 * is moved to its best place beside the others, and the weakest is removed until all are worth it.
 */
import { at } from '../at.js';
import type { Pieces } from '../pieces.js';
import { less } from '../vectors.js';
import { type Curve, project, projectFurther, sumsToEnd } from './curve.js';
import { pelt } from './pelt.js';
import { PLACES, Products, REACH } from './products.js';

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
  /** A step is abrupt: beside this curve, which bends more by further vectors, it still has a score of `leastAbrupt`. */
  readonly beside: Curve;
  readonly leastAbrupt: number;
}

/** Steps for each value, at most. */
const MOST_SHARE = 1 / 45;
/** So many steps that are moved are one piece of work. */
const TOGETHER = 8;
/** Proposals are looked for at every third place; afterwards each is moved to the best place near it. */
const EVERY = 3;
/** What lies beside a step is bent by the curve: a proposal needs this share of the gain that a step has to have. */
const PROPOSED = 0.6;

/**
 * @param smooth what is expected of the values without their steps: at first what the curve has of them
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
  const fit = isFirst ? smooth : project(values, curve);
  const rest = less(values, fit);
  const beyond = sumsToEnd(rest);
  const chosen = isFirst ? strongest(curve, beyond, withProposed(rest, start, options), options.noise, most) : start;
  if (chosen.length === 0) return [];
  yield;
  const problem = new Problem(curve, beyond, chosen, options);
  const { beside } = options;
  const besideBeyond = sumsToEnd(less(values, projectFurther(values, fit, beside, curve.vectors.length)));
  const abrupt = new Problem(beside, besideBeyond, chosen, options);
  const orders = chosen.map((_, order) => order);
  for (let pass = 0; pass < 2 * most; pass++) {
    yield;
    // Each at its best place beside the others; then the weakest goes.
    for (const [index, order] of orders.entries()) {
      if (index % TOGETHER === TOGETHER - 1) yield;
      const place = problem.bestNear(order, orders);
      if (place === undefined) continue;
      problem.products.move(order, place);
      abrupt.products.move(order, place);
    }
    const steps = problem.sizesOf(orders);
    const besides = abrupt.sizesOf(orders);
    const isKept = ({ score, size }: Step, index: number) =>
      Math.abs(score) >= options.leastScore &&
      Math.abs(size) >= options.leastSize &&
      (besides[index]?.score ?? 0) * Math.sign(score) >= options.leastAbrupt;
    const weakest = steps
      .filter((step, index) => !isKept(step, index))
      .sort((a, b) => Math.abs(a.score) - Math.abs(b.score))[0];
    if (weakest === undefined) return steps.sort((a, b) => a.index - b.index);
    orders.splice(steps.indexOf(weakest), 1);
  }
  return [];
}

/** The values without steps: the same list where there are none. */
export function withoutSteps(values: Float64Array, steps: readonly Step[]): Float64Array {
  if (steps.length === 0) return values;
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

function strongest(
  curve: Curve,
  beyond: Float64Array,
  chosen: readonly number[],
  noise: number,
  most: number,
): readonly number[] {
  if (chosen.length <= most) return chosen;
  const steps = sizesOf(
    new Products(curve, chosen),
    beyond,
    chosen.map((_, order) => order),
    noise,
  );
  return steps
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
    .slice(0, most)
    .map(({ index }) => index);
}

/** All of them fitted together. */
function sizesOf(products: Products, beyond: Float64Array, orders: readonly number[], noise: number): Step[] {
  const inverse = products.inverse(orders);
  const count = orders.length;
  return orders.map((order, row) => {
    let size = 0;
    for (let column = 0; column < count; column++) {
      size += at(inverse, row * count + column) * at(beyond, products.placeOf(orders[column] ?? 0));
    }
    const variance = Math.max(at(inverse, row * count + row), Number.MIN_VALUE);
    return { index: products.placeOf(order), size, score: size / (noise * Math.sqrt(variance)) };
  });
}

/** Some steps beside a curve, each of which has an order. */
class Problem {
  readonly products: Products;
  readonly #curve: Curve;
  /** Of what the curve leaves, at each place, the sum to the end: its product with a step there. */
  readonly #beyond: Float64Array;
  readonly #noise: number;
  readonly #leastSegment: number;
  /** What other steps leave, of each that comes after them and of the places near one: its product with the values, ... */
  readonly #sums: Float64Array;
  /** ... and what it can be known by. */
  readonly #information: Float64Array;
  /** The other steps, made orthonormal one after the other (Gram and Schmidt): what each has there. */
  readonly #parts: Float64Array;

  constructor(curve: Curve, beyond: Float64Array, places: readonly number[], { noise, leastSegment }: StepOptions) {
    const width = places.length + PLACES;
    this.products = new Products(curve, places);
    this.#curve = curve;
    this.#beyond = beyond;
    this.#noise = noise;
    this.#leastSegment = leastSegment;
    this.#sums = new Float64Array(width);
    this.#information = new Float64Array(width);
    this.#parts = new Float64Array(width * places.length);
  }

  sizesOf(orders: readonly number[]): Step[] {
    return sizesOf(this.products, this.#beyond, orders, this.#noise);
  }

  /** The best place for a step within a few values of its own, beside the others. Undefined where there is none. */
  bestNear(order: number, orders: readonly number[]): number | undefined {
    const others = orders.filter((other) => other !== order);
    const count = others.length;
    const first = this.products.firstNear(order);
    for (let index = 0; index < count; index++) {
      this.#sums[index] = at(this.#beyond, this.products.placeOf(others[index] ?? 0));
    }
    for (let offset = 0; offset < PLACES; offset++) {
      this.#sums[count + offset] = at(this.#beyond, first + offset);
      this.#information[count + offset] = at(this.#curve.information, first + offset);
    }
    for (let index = 0; index < count; index++) this.#takeOut(index, order, others);
    return this.#bestFrom(first, this.products.placeOf(order), others);
  }

  /** Takes one of the others out of those that come after it, and of what is near a step. */
  #takeOut(own: number, order: number, others: readonly number[]): void {
    const [parts, sums, information] = [this.#parts, this.#sums, this.#information];
    const count = others.length;
    const width = count + PLACES;
    const begin = own * width;
    const other = others[own] ?? 0;
    for (let column = own; column < count; column++) {
      parts[begin + column] = this.products.of(other, others[column] ?? 0);
    }
    this.products.ofNear(order, other, parts, begin + count);
    for (let before = 0; before < begin; before += width) {
      const factor = parts[before + own] ?? 0;
      for (let column = own; column < width; column++) {
        parts[begin + column] = (parts[begin + column] ?? 0) - factor * (parts[before + column] ?? 0);
      }
    }
    const length = Math.sqrt(Math.max(at(parts, begin + own), 1e-9));
    const height = at(sums, own) / length;
    for (let column = own; column < width; column++) {
      const value = (parts[begin + column] ?? 0) / length;
      parts[begin + column] = value;
      sums[column] = (sums[column] ?? 0) - height * value;
      information[column] = (information[column] ?? 0) - value * value;
    }
  }

  #bestFrom(first: number, near: number, others: readonly number[]): number | undefined {
    let best: number | undefined;
    let most = 0;
    const from = Math.max(this.#leastSegment, near - REACH);
    const to = Math.min(this.#curve.count - this.#leastSegment, near + REACH);
    for (let place = to; place >= from; place--) {
      const column = others.length + place - first;
      const known = at(this.#information, column);
      if (known < 1) continue;
      const score = Math.abs(at(this.#sums, column) / (this.#noise * Math.sqrt(known)));
      // Of places that fit alike within rounding the last, so that it does not depend on the unit of the values.
      if (best !== undefined && score <= most * (1 + 1e-9)) continue;
      if (others.some((other) => Math.abs(this.products.placeOf(other) - place) < this.#leastSegment)) continue;
      best = place;
      most = score;
    }
    return best;
  }
}
