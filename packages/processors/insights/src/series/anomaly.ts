/** What detection returns, and what is enough to be returned. */
import { at } from './at.js';
import type { Judgement, Shift } from './judging/judgement.js';
import { falseDiscoveryRates } from './statistics/false-discovery.js';

export interface Anomaly {
  /** The place of the value; of a shift the first value of the new level. */
  readonly index: number;
  readonly value: number;
  /** What the season, the trend and the level before would have had. */
  readonly expected: number;
  /** A value between `lower` and `upper` is usual. */
  readonly lower: number;
  readonly upper: number;
  /** `spike` and `drop`: single values; `shift`: all values from here on have another level. */
  readonly kind: 'spike' | 'drop' | 'shift';
  /** From 0.5, just beyond what is usual, to 1. */
  readonly score: number;
}

/** Of what is reported, about this share is false: the rate of Benjamini and Hochberg. */
export const FALSE_DISCOVERIES = 0.1;

/** What noise has more often than once in a thousand values is usual, however much else was found in the series. */
const RARE = 0.001;

/** For each p-value, the share of false discoveries at which it is reported; larger where it is not rare. */
export function ratesOf(pValues: Float64Array): Float64Array {
  const rates = falseDiscoveryRates(pValues);
  return rates.map((rate, index) => Math.max(rate, (at(pValues, index) * FALSE_DISCOVERIES) / RARE));
}

/** @param rate of false discoveries at which it is still reported */
export function scoreOf(rate: number): number {
  const digits = -Math.log10(Math.max(rate, 1e-300)) / -Math.log10(FALSE_DISCOVERIES);
  return digits / (1 + digits);
}

export interface Found {
  /** By `index`, ascending. */
  readonly anomalies: readonly Anomaly[];
  /**
   * The shift of this index, as if the new level began no earlier than at another one. Undefined where there is none, and where no
   * value is known from there on.
   */
  shiftFrom(index: number, from: number): Anomaly | undefined;
}

/** What is reported lies beyond what is usual, and what is not reported within: halfway between the last and the next one. */
function shareBeyond(p: Float64Array, rates: Float64Array): number {
  const isReported = (order: number) => at(rates, order) <= FALSE_DISCOVERIES;
  const last = p.reduce((most, own, order) => (isReported(order) ? Math.max(most, own) : most), 0);
  const next = p.reduce((least, own, order) => (isReported(order) ? least : Math.min(least, own)), 1);
  return Math.max(FALSE_DISCOVERIES / p.length, Math.sqrt(last * next));
}

/** What is reported of a judged series. */
export function anomaliesOf(judgement: Judgement, values: Float64Array): Found {
  const { places, p, shifts, surprise } = judgement;
  const rates = ratesOf(p);
  const share = shareBeyond(p, rates);
  const describe = (index: number, kind: Anomaly['kind'], expected: number, rate: number): Anomaly => ({
    index,
    value: at(values, index),
    expected,
    ...judgement.usual(index, share),
    kind,
    score: scoreOf(rate),
  });
  const describeShift = (shift: Shift, index: number) =>
    describe(index, 'shift', judgement.without(shift, index), Math.min(FALSE_DISCOVERIES, shift.p));
  const found = shifts.map((shift) => describeShift(shift, shift.index));
  places.forEach((place, order) => {
    const rate = at(rates, order);
    if (rate > FALSE_DISCOVERIES || judgement.isExplained(place)) return;
    found.push(describe(place, at(surprise, place) > 0 ? 'spike' : 'drop', judgement.expected(place), rate));
  });
  return {
    anomalies: found.sort((a, b) => a.index - b.index),
    shiftFrom: (own, from) => {
      const shift = shifts.find(({ index }) => index === own);
      const place = places.find((one) => one >= Math.max(own, from));
      return shift && place !== undefined ? describeShift(shift, place) : undefined;
    },
  };
}
