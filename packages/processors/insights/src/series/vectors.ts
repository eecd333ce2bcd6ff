/**
 * Sums over whole vectors, which most of the time of a judgement goes into. Four vectors at a time: their sums do not wait for
 * each other, and what they are added to is read and written once. The innermost loops of this folder call no function of another
 * module: where modules are loaded one by one, and not as a bundle, that takes several times as long as the sum itself.
 */

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
  for (let index = 0; index < one.length; index++) sum += (one[index] ?? 0) * (other[index] ?? 0);
  return sum;
}

function dotsOfFour(values: Float64Array, vectors: readonly Float64Array[], order: number, into: Float64Array): void {
  const a = vectors[order] ?? values;
  const b = vectors[order + 1] ?? values;
  const c = vectors[order + 2] ?? values;
  const d = vectors[order + 3] ?? values;
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    sumA += value * (a[index] ?? 0);
    sumB += value * (b[index] ?? 0);
    sumC += value * (c[index] ?? 0);
    sumD += value * (d[index] ?? 0);
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
    for (let index = 0; index < target.length; index++)
      target[index] = (target[index] ?? 0) + factor * (vector[index] ?? 0);
  }
}

function addFour(
  target: Float64Array,
  vectors: readonly Float64Array[],
  factors: ArrayLike<number>,
  order: number,
): void {
  const a = vectors[order] ?? target;
  const b = vectors[order + 1] ?? target;
  const c = vectors[order + 2] ?? target;
  const d = vectors[order + 3] ?? target;
  const ofA = factors[order] ?? 0;
  const ofB = factors[order + 1] ?? 0;
  const ofC = factors[order + 2] ?? 0;
  const ofD = factors[order + 3] ?? 0;
  for (let index = 0; index < target.length; index++) {
    target[index] =
      (target[index] ?? 0) +
      ofA * (a[index] ?? 0) +
      ofB * (b[index] ?? 0) +
      ofC * (c[index] ?? 0) +
      ofD * (d[index] ?? 0);
  }
}

/** One less the other, value by value. A loop: `map` calls a function for each value. */
export function less(one: Float64Array, other: Float64Array): Float64Array {
  const rest = new Float64Array(one.length);
  for (let index = 0; index < rest.length; index++) rest[index] = (one[index] ?? 0) - (other[index] ?? 0);
  return rest;
}

/** The values at these places. */
export function atPlaces(values: Float64Array, places: ArrayLike<number>): Float64Array {
  const own = new Float64Array(places.length);
  for (let order = 0; order < own.length; order++) own[order] = values[places[order] ?? 0] ?? 0;
  return own;
}

export function absolute(values: Float64Array): Float64Array {
  const distances = new Float64Array(values.length);
  for (let index = 0; index < distances.length; index++) distances[index] = Math.abs(values[index] ?? 0);
  return distances;
}
