/** What a host passes as a series, checked once: everything behind it computes with plain numbers. */
import { ArgumentError } from '@bizinsights/jobs-core';
import { shownValue } from '../reading/given.js';

/** Beyond it squares and sums are no longer finite. */
const LARGEST = 1e150;

/** A value is unknown where `known` is 0; `values` has 0 there. */
export interface Series {
  readonly values: Float64Array;
  readonly known: Float64Array;
  readonly knownCount: number;
}

/** @throws ArgumentError for what is no list, and for NaN, infinite and not numeric values, with their place */
export function readSeries(input: readonly (number | null)[]): Series {
  // A typed array is a list of numbers too.
  if (!Array.isArray(input) && (!ArrayBuffer.isView(input) || input instanceof DataView)) {
    throw new ArgumentError(`values is ${shownValue(input)}: an array of numbers, with null for unknown ones`);
  }
  const values = new Float64Array(input.length);
  const known = new Float64Array(input.length);
  let knownCount = 0;
  for (let index = 0; index < input.length; index++) {
    const value = input[index];
    if (value === null) continue;
    if (typeof value !== 'number' || !(Math.abs(value) <= LARGEST)) {
      throw new ArgumentError(`values[${index}] is ${shownValue(value)}: a finite number, or null for an unknown one`);
    }
    values[index] = value;
    known[index] = 1;
    knownCount += 1;
  }
  return { values, known, knownCount };
}

/** @throws ArgumentError for what is no list, and a season that is no number of at least 2 */
export function readSeasons(seasons: readonly number[]): readonly number[] {
  if (!Array.isArray(seasons)) {
    throw new ArgumentError(`seasons is ${shownValue(seasons)}: an array of lengths, such as [7]`);
  }
  for (const season of seasons) {
    if (!(typeof season === 'number' && season >= 2 && season <= Number.MAX_SAFE_INTEGER)) {
      throw new ArgumentError(`A season of ${shownValue(season)} values is invalid: at least 2`);
    }
  }
  return [...new Set(seasons)].sort((a, b) => a - b);
}
