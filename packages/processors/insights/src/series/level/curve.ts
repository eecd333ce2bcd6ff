/**
 * A smooth curve as a sum of a constant, a line, what comes back each year, and cosines (the cosine transform of Ahmed, Natarajan
 * and Rao, IEEE Transactions on Computers C-23, 1974), made orthonormal at the places where values are known.
 */
import { at } from '../at.js';
import type { Pieces } from '../pieces.js';
import { addTo, dot, dots } from '../vectors.js';

export interface Curve {
  readonly count: number;
  /** From the smoothest to the least smooth. */
  readonly vectors: readonly Float64Array[];
  /** How many of them are no waves: the constant, the line and what comes back each year. */
  readonly fixed: number;
  /** Of each vector, at each place, the sum from there to the end: its product with a step of size 1 there. */
  readonly sums: readonly Float64Array[];
  /** At each place, the square of such a step without what the curve explains of it: what a step there can be known by. */
  readonly information: Float64Array;
}

export interface CurveOptions {
  /** Cosines. */
  readonly waves: number;
  /** Parts of the year, one for each value, each of which has a height of its own. Default: none */
  readonly parts?: Int32Array | undefined;
  /** A wave of so many values, and its harmonics up to this order. Default: none */
  readonly yearly?: { readonly year: number; readonly harmonics: number };
}

/** So many vectors are one piece of work. */
const TOGETHER = 8;

/**
 * @param places of the known values, ascending
 * @param length of the whole series
 */
export function* curveOf(places: Float64Array, length: number, { waves, parts, yearly }: CurveOptions): Pieces<Curve> {
  const vectors: Float64Array[] = [];
  const fit = new Float64Array(places.length);
  const add = (vector: Float64Array) => {
    const own = independentPart(vector, vectors, fit);
    if (own !== undefined) vectors.push(own);
  };
  add(places.map(() => 1));
  add(places.map((place) => place / length - 0.5));
  for (const part of new Set(parts)) {
    add(places.map((place) => (parts?.[place] === part ? 1 : 0)));
    if (vectors.length % TOGETHER === 0) yield;
  }
  if (yearly !== undefined) {
    for (let harmonic = 1; harmonic <= yearly.harmonics; harmonic++) {
      const angle = (2 * Math.PI * harmonic) / yearly.year;
      add(places.map((place) => Math.sin(angle * place)));
      add(places.map((place) => Math.cos(angle * place)));
    }
  }
  const fixed = vectors.length;
  for (let wave = 1; wave <= waves; wave++) {
    add(places.map((place) => Math.cos((Math.PI * wave * (place + 0.5)) / length)));
    if (wave % TOGETHER === 0) yield;
  }
  return withInformation(places.length, fixed, vectors, vectors.map(sumsToEnd));
}

const smootherOf = new WeakMap<Curve, Map<number, Curve>>();

/** The same curve with fewer waves. It is kept as long as the whole. */
export function smoother(whole: Curve, waves: number): Curve {
  const made = smootherOf.get(whole) ?? new Map<number, Curve>();
  smootherOf.set(whole, made);
  const { count, fixed, vectors, sums } = whole;
  const curve =
    made.get(waves) ?? withInformation(count, fixed, vectors.slice(0, fixed + waves), sums.slice(0, fixed + waves));
  made.set(waves, curve);
  return curve;
}

function withInformation(
  count: number,
  fixed: number,
  vectors: readonly Float64Array[],
  sums: readonly Float64Array[],
): Curve {
  const information = new Float64Array(count);
  for (let index = 0; index < count; index++) information[index] = count - index;
  for (const sum of sums) {
    for (let index = 0; index < count; index++) information[index] = at(information, index) - at(sum, index) ** 2;
  }
  return { count, fixed, vectors, sums, information };
}

/** The curve that is nearest to values, by least squares. */
export function project(values: Float64Array, { vectors }: Pick<Curve, 'vectors'>): Float64Array {
  const fit = new Float64Array(values.length);
  addTo(fit, vectors, dots(values, vectors));
  return fit;
}

/** The same of a curve, where it is known what its first vectors have of the values. */
export function projectFurther(
  values: Float64Array,
  known: Float64Array,
  { vectors }: Pick<Curve, 'vectors'>,
  first: number,
): Float64Array {
  const further = vectors.slice(first);
  const fit = known.slice();
  addTo(fit, further, dots(values, further));
  return fit;
}

export function sumsToEnd(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length);
  let sum = 0;
  for (let index = values.length - 1; index >= 0; index--) {
    sum += at(values, index);
    sums[index] = sum;
  }
  return sums;
}

/**
 * Gram and Schmidt, twice for the digits. Undefined where a vector depends on the others.
 *
 * @param vector becomes the part
 * @param fit is overwritten
 */
function independentPart(
  vector: Float64Array,
  vectors: readonly Float64Array[],
  fit: Float64Array,
): Float64Array | undefined {
  const whole = Math.sqrt(dot(vector, vector));
  // In its own place: a frame has a hundred vectors, and what is thrown away has to be collected.
  for (let pass = 0; pass < 2; pass++) {
    fit.fill(0);
    addTo(fit, vectors, dots(vector, vectors));
    for (let index = 0; index < vector.length; index++) vector[index] = (vector[index] ?? 0) - (fit[index] ?? 0);
  }
  const length = Math.sqrt(dot(vector, vector));
  if (!(length > 1e-6 * whole)) return undefined;
  for (let index = 0; index < vector.length; index++) vector[index] = (vector[index] ?? 0) / length;
  return vector;
}
