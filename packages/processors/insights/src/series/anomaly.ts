/** What detection returns, and what is enough to be returned. */
import { at } from './at.js';
import type { Judgement, Shift } from './judging/judgement.js';
import { NOISE } from './statistics/two-groups.js';

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

/** @param noise the chance that it is noise */
function scoreOf(noise: number): number {
  const digits = Math.log(Math.max(noise, 1e-300)) / Math.log(NOISE);
  return digits / (1 + digits);
}

export interface Found {
  /** By `index`, ascending: of known values alone. */
  readonly anomalies: readonly Anomaly[];
  /**
   * The shift of this index, as if the new level began no earlier than at another one. Undefined where there is none, and where no
   * value is known from there on.
   */
  shiftFrom(index: number, from: number): Anomaly | undefined;
}

/**
 * What is reported of a judged series.
 *
 * @param from what lies before it is left out
 */
export function anomaliesOf(judgement: Judgement, values: Float64Array, from = 0): Found {
  const { places, shifts, surprise } = judgement;
  const events = judgement.events();
  const describe = (index: number, kind: Anomaly['kind'], expected: number, noise: number): Anomaly => ({
    index,
    value: at(values, index),
    expected,
    ...events.usual(index),
    kind,
    score: scoreOf(noise),
  });
  const describeShift = (shift: Shift, index: number) =>
    describe(index, 'shift', judgement.without(shift, index), Math.min(NOISE, shift.p));
  const found = shifts.filter(({ index }) => index >= from).map((shift) => describeShift(shift, shift.index));
  places.forEach((place, order) => {
    if (place < from) return;
    const noise = events.noise(order);
    if (noise >= NOISE || judgement.isExplained(place)) return;
    found.push(describe(place, at(surprise, place) > 0 ? 'spike' : 'drop', judgement.expected(place), noise));
  });
  return {
    anomalies: found.sort((a, b) => a.index - b.index),
    shiftFrom: (own, first) => {
      const shift = shifts.find(({ index }) => index === own);
      const place = places.find((one) => one >= Math.max(own, first));
      return shift && place !== undefined ? describeShift(shift, place) : undefined;
    },
  };
}
