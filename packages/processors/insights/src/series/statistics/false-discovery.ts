/**
 * Which of many judgements hold, so that of those that are reported at most a share is false: Benjamini and Hochberg,
 * Journal of the Royal Statistical Society B 57 (1995).
 */
import { at } from '../at.js';

/** Each p-value adjusted: the smallest share of false discoveries at which it is still reported. In the order given. */
export function falseDiscoveryRates(pValues: Float64Array): Float64Array {
  const count = pValues.length;
  const sorted = pValues.slice().sort();
  const rates = new Float64Array(count);
  let least = 1;
  for (let rank = count; rank >= 1; rank--) {
    least = Math.min(least, (at(sorted, rank - 1) * count) / rank);
    rates[rank - 1] = least;
  }
  // Equal ones have the rate of the last of them: that of the first is the same.
  return pValues.map((p) => at(rates, placeIn(sorted, p)));
}

/** The first place of a value in a sorted list that has it. */
function placeIn(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
