/**
 * Which of many judgements hold, so that of those that are reported at most a share is false: Benjamini and Hochberg,
 * Journal of the Royal Statistical Society B 57 (1995).
 */
import { at } from '../at.js';

/** Each p-value adjusted: the smallest share of false discoveries at which it is still reported. In the order given. */
export function falseDiscoveryRates(pValues: Float64Array): Float64Array {
  const count = pValues.length;
  const order = Array.from({ length: count }, (_, index) => index).sort((a, b) => at(pValues, a) - at(pValues, b));
  const rates = new Float64Array(count);
  let least = 1;
  for (let rank = count; rank >= 1; rank--) {
    const index = order[rank - 1] ?? 0;
    least = Math.min(least, (at(pValues, index) * count) / rank);
    rates[index] = least;
  }
  return rates;
}
