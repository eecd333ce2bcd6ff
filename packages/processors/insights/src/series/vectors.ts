/**
 * Sums over whole vectors, which most of the time of a judgement goes into. Four vectors at a time: their sums do not wait for
 * each other, and what they are added to is read and written once.
 */
import { at } from './at.js';

/** The product of some values with each vector. */
export function dots(values: Float64Array, vectors: readonly Float64Array[]): Float64Array {
  const products = new Float64Array(vectors.length);
  let order = 0;
  for (; order + 4 <= vectors.length; order += 4) dotsOfFour(values, vectors, order, products);
  for (; order < vectors.length; order++) products[order] = dot(values, vectors[order] ?? values);
  return products;
}

export function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += at(one, index) * at(other, index);
  return sum;
}

function dotsOfFour(values: Float64Array, vectors: readonly Float64Array[], order: number, into: Float64Array): void {
  const [a = values, b = values, c = values, d = values] = vectors.slice(order, order + 4);
  let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    const value = at(values, index);
    sumA += value * at(a, index);
    sumB += value * at(b, index);
    sumC += value * at(c, index);
    sumD += value * at(d, index);
  }
  into[order] = sumA;
  into[order + 1] = sumB;
  into[order + 2] = sumC;
  into[order + 3] = sumD;
}

/** Adds each vector times its factor. */
export function addTo(target: Float64Array, vectors: readonly Float64Array[], factors: ArrayLike<number>): void {
  let order = 0;
  for (; order + 4 <= vectors.length; order += 4) addFour(target, vectors, factors, order);
  for (; order < vectors.length; order++) {
    const vector = vectors[order] ?? target;
    const factor = factors[order] ?? 0;
    for (let index = 0; index < target.length; index++) target[index] = at(target, index) + factor * at(vector, index);
  }
}

function addFour(
  target: Float64Array,
  vectors: readonly Float64Array[],
  factors: ArrayLike<number>,
  order: number,
): void {
  const [a = target, b = target, c = target, d = target] = vectors.slice(order, order + 4);
  const ofA = factors[order] ?? 0;
  const ofB = factors[order + 1] ?? 0;
  const ofC = factors[order + 2] ?? 0;
  const ofD = factors[order + 3] ?? 0;
  for (let index = 0; index < target.length; index++) {
    target[index] =
      at(target, index) + ofA * at(a, index) + ofB * at(b, index) + ofC * at(c, index) + ofD * at(d, index);
  }
}

/** One less the other, value by value. A loop: `map` calls a function for each value. */
export function less(one: Float64Array, other: Float64Array): Float64Array {
  const rest = new Float64Array(one.length);
  for (let index = 0; index < rest.length; index++) rest[index] = at(one, index) - at(other, index);
  return rest;
}
