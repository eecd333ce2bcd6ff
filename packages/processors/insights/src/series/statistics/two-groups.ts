/**
 * Which residuals are events: two groups of values, noise and events (Efron, Statistical Science 23, 2008). A residual is an event
 * where noise alone is the less likely of the two, and that depends on how heavy the tails of the noise are. A day that is six
 * deviations off is an event beside normal noise and usual beside Laplace's. So each law that the noise may have is weighed by how
 * likely it makes all residuals, with a few events among them (Bayesian model averaging: Hoeting and others, Statistical Science 14,
 * 1999).
 */
import { at } from '../at.js';
import { absolute, addTo } from '../vectors.js';
import { distanceAt, lookUp, NORMAL_LAWS, noiseLaws, placeAt, placeBefore } from './noise-laws.js';
import { ownMedian } from './quantile.js';

export interface TwoGroups {
  /** The chance that a residual is noise. It never grows with the distance from 0. */
  noise(residual: number): number;
  /** The distance from 0 up to which it is more likely noise, on one side. */
  reach(sign: 1 | -1): number;
}

/** What is an event: more likely than not. */
export const NOISE = 0.5;

/** Values on the other side of 0 say half as much of how heavy the tail on one side is: many noises are nearly symmetric. */
const OTHER_SIDE = 0.5;

/** Of values whose range is about 1. */
const ROUNDING = 1e-6;
const NORMAL_MIDDLE = 0.6745;

export function twoGroupsOf(residuals: Float64Array): TwoGroups {
  const middle = ownMedian(absolute(residuals));
  if (!(middle > ROUNDING)) return ofSquares(residuals);
  const above = likelihoods(placesOf(residuals, 1, middle));
  const below = likelihoods(placesOf(residuals, -1, middle));
  return groupsOf(middle, weightsOf(above, below), weightsOf(below, above));
}

/** More than half of the values are as expected to the digit: as if the noise were normal, by the squares. */
function ofSquares(residuals: Float64Array): TwoGroups {
  const mean = residuals.reduce((sum, value) => sum + value * value, 0) / Math.max(1, residuals.length);
  const middle = NORMAL_MIDDLE * Math.sqrt(mean);
  if (!(middle > ROUNDING)) return { noise: () => 1, reach: () => 0 };
  const weights = noiseLaws().map((_, order) => (order < NORMAL_LAWS ? 1 / NORMAL_LAWS : 0));
  return groupsOf(middle, weights, weights);
}

/** In the tables, of the residuals on one side of 0. */
function placesOf(residuals: Float64Array, sign: 1 | -1, middle: number): Float64Array {
  const places = new Float64Array(residuals.length);
  let count = 0;
  for (let index = 0; index < residuals.length; index++) {
    const distance = sign * (residuals[index] ?? 0);
    if (distance > 0) places[count++] = placeAt(distance / middle);
  }
  return places.subarray(0, count);
}

/** Of each law, its logarithm. */
function likelihoods(places: Float64Array): number[] {
  // A table has the same places for all laws.
  const befores = Int32Array.from(places, placeBefore);
  return noiseLaws().map(({ density }) => {
    let sum = 0;
    for (let index = 0; index < places.length; index++) {
      const before = befores[index] ?? 0;
      const low = density[before] ?? 0;
      sum += low + ((places[index] ?? 0) - before) * ((density[before + 1] ?? 0) - low);
    }
    return sum;
  });
}

function weightsOf(own: readonly number[], other: readonly number[]): number[] {
  const all = own.map((one, order) => one + OTHER_SIDE * (other[order] ?? 0));
  const most = Math.max(...all);
  const weights = all.map((one) => Math.exp(one - most));
  const sum = weights.reduce((total, one) => total + one, 0);
  return weights.map((one) => one / sum);
}

function groupsOf(middle: number, above: readonly number[], below: readonly number[]): TwoGroups {
  const [up, down] = [chancesOf(above), chancesOf(below)];
  return {
    noise: (residual) => lookUp(residual > 0 ? up : down, placeAt(Math.abs(residual) / middle)),
    reach: (sign) => middle * distanceAt(placeOfNoise(sign > 0 ? up : down)),
  };
}

/** Of a value at each place of the tables. What is farther is no more likely noise: of a heavy tail it would be, very far out. */
function chancesOf(weights: readonly number[]): Float64Array {
  const tables = noiseLaws().map(({ noise }) => noise);
  const chances = new Float64Array(tables[0]?.length ?? 0);
  addTo(chances, tables, weights);
  for (let place = 1; place < chances.length; place++) {
    chances[place] = Math.min(chances[place] ?? 0, chances[place - 1] ?? 0);
  }
  return chances;
}

/** The place of the chance `NOISE`. */
function placeOfNoise(chances: Float64Array): number {
  const after = chances.findIndex((chance) => chance < NOISE);
  const [from, to] = [at(chances, after - 1), at(chances, after)];
  return after - 1 + (from - NOISE) / (from - to);
}
