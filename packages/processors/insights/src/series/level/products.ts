/**
 * Products of steps with each other beside a curve, that is without what the curve explains of them. They come from sums to the
 * end, so that a product costs no pass over the values; and those of steps that have not moved are kept.
 */
import type { Curve } from './curve.js';

/** The places where a step may be better: its own, and so many before and after it. */
export const REACH = 3;
export const PLACES = 2 * REACH + 1;

/** Of some steps, each of which has an order. */
export class Products {
  readonly #curve: Curve;
  readonly #size: number;
  readonly #places: Int32Array;
  /** Of each step, the sums to the end of all vectors of the curve. */
  readonly #sums: Float64Array;
  readonly #matrix: Float64Array;
  /** Of the places near each step with each step. */
  readonly #near: Float64Array;
  /** For which places of the two steps they are. */
  readonly #nearOf: Int32Array;
  readonly #nearWith: Int32Array;
  /** A matrix beside the one that becomes its inverse. */
  readonly #wide: Float64Array;

  constructor(curve: Curve, places: readonly number[]) {
    const size = places.length;
    this.#curve = curve;
    this.#size = size;
    this.#places = Int32Array.from(places);
    this.#sums = new Float64Array(size * curve.sums.length);
    this.#matrix = new Float64Array(size * size);
    this.#near = new Float64Array(PLACES * size * size);
    this.#nearOf = new Int32Array(size * size).fill(-1);
    this.#nearWith = new Int32Array(size * size).fill(-1);
    this.#wide = new Float64Array(2 * size * size);
    for (let order = 0; order < size; order++) this.#readSums(order);
    for (let order = 0; order < size; order++) this.#multiply(order, order);
  }

  placeOf(order: number): number {
    return this.#places[order] ?? 0;
  }

  move(order: number, place: number): void {
    if (this.#places[order] === place) return;
    this.#places[order] = place;
    this.#readSums(order);
    this.#multiply(order, 0);
  }

  of(one: number, other: number): number {
    return this.#matrix[one * this.#size + other] ?? 0;
  }

  /** The first of the places near a step. */
  firstNear(order: number): number {
    return Math.max(0, Math.min(this.placeOf(order) - REACH, this.#curve.count - PLACES));
  }

  /** Writes the products of the places near a step with another step. */
  ofNear(order: number, other: number, into: Float64Array, begin: number): void {
    const pair = order * this.#size + other;
    const own = pair * PLACES;
    if (this.#nearOf[pair] !== this.#places[order] || this.#nearWith[pair] !== this.#places[other]) {
      this.#multiplyNear(this.firstNear(order), other, own);
      this.#nearOf[pair] = this.placeOf(order);
      this.#nearWith[pair] = this.placeOf(other);
    }
    for (let offset = 0; offset < PLACES; offset++) into[begin + offset] = this.#near[own + offset] ?? 0;
  }

  /**
   * Of a few steps, the rows of the inverse of their products, one after the other with as many columns as there are steps. It is
   * overwritten by the next call. By Gauss and Jordan, of a symmetric positive matrix.
   */
  inverse(orders: readonly number[]): Float64Array {
    const size = orders.length;
    const width = 2 * size;
    const wide = this.#wide;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        wide[row * width + column] = this.of(orders[row] ?? 0, orders[column] ?? 0);
        wide[row * width + size + column] = row === column ? 1 : 0;
      }
    }
    for (let order = 0; order < size; order++) {
      const own = order * width;
      // What is left of `from` is solved, and right of `to` nothing is yet but zeros.
      const to = size + order;
      const pivot = Math.max(wide[own + order] ?? 0, 1e-9);
      for (let column = order; column <= to; column++) wide[own + column] = (wide[own + column] ?? 0) / pivot;
      for (let row = 0; row < size; row++) {
        const begin = row * width;
        const factor = wide[begin + order] ?? 0;
        if (row === order || factor === 0) continue;
        for (let column = order; column <= to; column++) {
          wide[begin + column] = (wide[begin + column] ?? 0) - factor * (wide[own + column] ?? 0);
        }
      }
    }
    for (let row = 0; row < size; row++) wide.copyWithin(row * size, row * width + size, (row + 1) * width);
    return wide;
  }

  #readSums(order: number): void {
    const { sums } = this.#curve;
    const place = this.placeOf(order);
    const begin = order * sums.length;
    for (let index = 0; index < sums.length; index++) this.#sums[begin + index] = sums[index]?.[place] ?? 0;
  }

  /** A step with all from one on. */
  #multiply(order: number, first: number): void {
    const sums = this.#sums;
    const { length } = this.#curve.sums;
    const place = this.placeOf(order);
    for (let other = first; other < this.#size; other++) {
      let product = this.#curve.count - Math.max(place, this.placeOf(other));
      const [begin, beginOfOther] = [order * length, other * length];
      for (let index = 0; index < length; index++) {
        product -= (sums[begin + index] ?? 0) * (sums[beginOfOther + index] ?? 0);
      }
      this.#matrix[order * this.#size + other] = product;
      this.#matrix[other * this.#size + order] = product;
    }
  }

  #multiplyNear(first: number, other: number, begin: number): void {
    const near = this.#near;
    const { count, sums } = this.#curve;
    const place = this.placeOf(other);
    for (let offset = 0; offset < PLACES; offset++) near[begin + offset] = count - Math.max(first + offset, place);
    for (let index = 0; index < sums.length; index++) {
      const sum = sums[index] ?? near;
      const own = this.#sums[other * sums.length + index] ?? 0;
      for (let offset = 0; offset < PLACES; offset++) {
        near[begin + offset] = (near[begin + offset] ?? 0) - own * (sum[first + offset] ?? 0);
      }
    }
  }
}
