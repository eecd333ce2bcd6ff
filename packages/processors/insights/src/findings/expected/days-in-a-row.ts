/**
 * Two or three days in a row that are each rare in one direction are rarer than any of them: their probabilities are combined
 * (Fisher, "Statistical Methods for Research Workers", 1932), for neighbours that go together as in Brown, Biometrics 31 (1975).
 */
import { at } from '../../series/at.js';
import type { Judgement } from '../../series/judging/judgement.js';
import { clippedCorrelation } from '../../series/statistics/autocorrelation.js';
import { upperGamma } from '../../series/statistics/distributions.js';

/** Longer ones are windows of `scan`. */
const LENGTHS = [2, 3] as const;

/** Each of the days is so rare by itself: a usual one beside a rare one is none of them. */
const RARE = 0.02;

/** And so far from what was expected, in standard deviations: days in a row that are less far may be a bend of the level. */
const FAR = 5;

/** What is rarer than exp(-5) says no more of how neighbours go together. */
const REACH = 5;

/** For each place of a judgement its probability, or that of the days in a row that it is one of, where that is smaller. */
export function pOfDaysInARow({ places, p, surprise }: Pick<Judgement, 'places' | 'p' | 'surprise'>): Float64Array {
  const rarity = p.map((one) => -Math.log(Math.max(one, Number.MIN_VALUE)));
  const memory = clippedCorrelation(
    rarity.map((one) => Math.min(one, REACH) - 1),
    REACH,
  );
  const farness = Float64Array.from(places, (place) => at(surprise, place));
  const isFar = (order: number, isUp: boolean) =>
    at(p, order) <= RARE && (isUp ? at(farness, order) : -at(farness, order)) >= FAR;
  const result = p.slice();
  for (const length of LENGTHS) {
    for (let first = 0; first + length <= places.length; first++) {
      if (!isFar(first, at(farness, first) > 0)) continue;
      const orders = Array.from({ length }, (_, offset) => first + offset);
      const isRun = (places[first + length - 1] ?? 0) - (places[first] ?? 0) === length - 1;
      if (!isRun || !orders.every((order) => isFar(order, at(farness, first) > 0))) continue;
      const sum = orders.reduce((total, order) => total + at(rarity, order), 0);
      // Each length is looked for, and each day alone.
      const own = (1 + LENGTHS.length) * combined(sum, length, memory);
      for (const order of orders) result[order] = Math.min(at(result, order), own);
    }
  }
  return result;
}

/** @param sum of the negative logarithms, each of which has the mean 1 and the variance 1 */
function combined(sum: number, length: number, memory: number): number {
  let variance = length;
  for (let apart = 1; apart < length; apart++) variance += 2 * (length - apart) * memory ** apart;
  const scale = variance / length;
  return upperGamma(length / scale, sum / scale);
}
