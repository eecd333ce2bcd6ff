/** What is known of each value of a series once its season and its level are taken out. */

import type { Frames } from '../level/frames.js';
import type { LevelShape } from '../level/level.js';

/** From one value on the level is another. */
export interface Shift {
  readonly index: number;
  /** In a unit of the series alone: below 0 downwards. */
  readonly size: number;
  /** How often noise alone has such a shift somewhere in the series. */
  readonly p: number;
  /** How many standard errors it is large. */
  readonly score: number;
}

/** The curves that are tried: with fewer, series that differ little are judged in less time. */
export interface Curves {
  readonly shapes: readonly LevelShape[];
  /** Whether each part of the year has a level of its own. */
  readonly hasParts: boolean;
}

export interface Judgement {
  /** Those that explain the values nearly as well as the one that is taken. */
  readonly curves: Curves;
  /** The places of the known values, ascending. */
  readonly places: readonly number[];
  /**
   * For each of these places, how often noise alone is so far from what was expected, on either side. Computed when it is first
   * read.
   */
  readonly p: Float64Array;
  readonly shifts: readonly Shift[];
  /** In standard deviations of the noise, with its sign. 0 where a value is unknown. */
  readonly surprise: Float64Array;
  /** Whether something else makes the value what it is: a shift next to it, or a year's season. */
  isExplained(index: number): boolean;
  expected(index: number): number;
  /** The same without what `explain` has explained. */
  ordinary(index: number): number;
  /** How far a value is from that, in standard deviations; 0 where it is unknown. */
  readonly offOrdinary: Float64Array;
  /** What is usual: noise is beyond it, on either side, with the probability `share`. */
  usual(index: number, share: number): { readonly lower: number; readonly upper: number };
  /** Which of the values are events by themselves, whatever else is judged. */
  events(): Events;
  /** What was expected if one of the shifts had not been. */
  without(shift: Shift, index: number): number;
}

export interface Events {
  /** The chance that the value of one of the places, by their order, is noise and no event. */
  noise(order: number): number;
  /** What is more likely noise lies within, and what is an event outside. */
  usual(index: number): { readonly lower: number; readonly upper: number };
}

/** What else than noise may explain a value, in standard deviations: what lies from `low` to `high` is as expected. */
export interface Explained {
  /** At most 0. */
  readonly low: Float64Array;
  /** At least 0. */
  readonly high: Float64Array;
  /** What is expected, from `low` to `high`. */
  readonly middle: Float64Array;
}

export interface JudgeOptions {
  /** Of money in cents, which is whole: none of it is a count. */
  readonly isMoney?: boolean;
  /** Of a ratio: what each value is divided by. One that is divided by little is judged by a wider noise. */
  readonly exposure?: Float64Array;
  /**
   * In which part of the year each value is; each part has a level of its own, where at least two years and three quarters are
   * known. Default: by the place in the series, where its seasons say that it is of days
   */
  readonly parts?: Int32Array;
  /** Default: all */
  readonly curves?: Curves | undefined;
  /** Shared by series of the same days, which are judged the faster for it. */
  readonly frames?: Frames;
  /** @param surprise of each value before anything is explained, in standard deviations; 0 where it is unknown */
  readonly explain?: (surprise: Float64Array) => Explained;
}

/** How far a value is beyond what explains it: 0 within. */
export function beyond(surprise: number, low: number, high: number): number {
  return surprise - Math.min(Math.max(surprise, low), high);
}
