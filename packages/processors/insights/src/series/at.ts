/** A value of an array at a place that the caller knows to be there. Reading beyond its end gives NaN, which shows in every test. */
export function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}
