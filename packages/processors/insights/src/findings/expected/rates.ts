/**
 * Of all that is judged, over all metrics, what is more than chance: rates of false discoveries (Benjamini and Hochberg,
 * Journal of the Royal Statistical Society B 57, 1995).
 */
import { at } from '../../series/at.js';
import type { Pieces } from '../../series/pieces.js';
import { falseDiscoveryRates } from '../../series/statistics/false-discovery.js';
import { pOfDaysInARow } from './days-in-a-row.js';
import type { JudgedMetric } from './judged-metric.js';

/** Of what is found about this share is false. */
export const FALSE_DISCOVERIES = 0.01;

/** What noise has more often is usual. */
const RARE = 0.001;

export interface Rates {
  /** For each metric, in the order given, and each place of its judgement: the share of false discoveries at which it is found. */
  readonly days: readonly Float64Array[];
  /** For each metric and each of its shifts. */
  readonly shifts: readonly (readonly number[])[];
  /** Noise beyond what is usual has this probability: one day in a thousand, or what is found of single days. */
  readonly share: number;
}

export function* ratesOf(metrics: readonly JudgedMetric[]): Pieces<Rates> {
  const all = joined(metrics.map(({ judgement }) => judgement.p));
  const alone = falseDiscoveryRates(all);
  const inARow: Float64Array[] = [];
  for (const { judgement } of metrics) {
    yield;
    inARow.push(pOfDaysInARow(judgement));
  }
  yield;
  const rates = falseDiscoveryRates(joined(inARow));
  let begin = 0;
  const days = metrics.map(({ judgement }) => {
    const own = rates.subarray(begin, begin + judgement.p.length);
    begin += judgement.p.length;
    return own;
  });
  return {
    days,
    // Each is corrected for the places of its series already.
    shifts: metrics.map(({ judgement }) => judgement.shifts.map(({ p }) => Math.min(1, p * metrics.length))),
    share: all.reduce((most, p, order) => (at(alone, order) <= FALSE_DISCOVERIES ? Math.max(most, p) : most), RARE),
  };
}

function joined(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let begin = 0;
  for (const list of lists) {
    all.set(list, begin);
    begin += list.length;
  }
  return all;
}
