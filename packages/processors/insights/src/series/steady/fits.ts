/**
 * The fits by which the values of a series are judged, each of a beginning of it.
 *
 * Up to a year and a half, each fit looks for the best of all curves, which takes most of its time. In longer series those that are
 * nearly as good as the best are found each time that it is 1.3 times as long, and the fits from there on choose among them. Two
 * years have one such fit and that of all their values.
 *
 * What is usual changes over the years: a fit sees four years at most. What lies farther back stays as it was judged.
 */
import { type Anomaly, anomaliesOf, type Found } from '../anomaly.js';
import type { Series } from '../input.js';
import { judge } from '../judging/judge.js';
import type { Judgement, JudgeOptions } from '../judging/judgement.js';
import { Frames } from '../level/frames.js';
import { atOnce } from '../pieces.js';
import { joined } from './joined.js';
import { APART_LONG, anchorBefore, FIRST_LONG } from './steady.js';

/** Values for each value at the choice before. */
const GROWTH = 1.3;
/** A fit sees no more values; then it begins so many later. */
const LONGEST = 1_460;
const STEP = 730;
/** So many values at the beginning of a later one are seen, and not judged. */
const SEEN = 370;

const NOTHING: Found = { anomalies: [], shiftFrom: () => undefined };

export class Fits {
  readonly #series: Series;
  readonly #seasons: readonly number[];
  /** Kept by these fits alone: other series hardly have the same beginnings. */
  readonly #short = new Frames();
  readonly #judgements = new Map<number, Judgement | undefined>();
  readonly #settled = new Map<number, readonly Anomaly[]>();

  constructor(series: Series, seasons: readonly number[]) {
    this.#series = series;
    this.#seasons = seasons;
  }

  /**
   * What is found in the first `count` values by these alone.
   *
   * @param from what lies before it may be left out
   */
  upTo(count: number, from = 0): Found {
    const window = windowOf(count);
    const start = window * STEP;
    const found = foundIn(this.#judgementOf(count), this.#part(start, count).values, { start, from });
    if (window === 0) return found;
    return { ...found, anomalies: joined(this.#before(window), found, start + SEEN) };
  }

  /** What lies before the values that are judged in this window. */
  #before(window: number): readonly Anomaly[] {
    const border = window * STEP + SEEN;
    const before =
      this.#settled.get(window) ?? this.upTo(lastOf(window - 1)).anomalies.filter(({ index }) => index < border);
    this.#settled.set(window, before);
    return before;
  }

  #judgementOf(count: number): Judgement | undefined {
    if (this.#judgements.has(count)) return this.#judgements.get(count);
    const judgement = atOnce(judge(this.#part(windowOf(count) * STEP, count), this.#seasons, this.#optionsOf(count)));
    this.#judgements.set(count, judgement);
    return judgement;
  }

  #optionsOf(count: number): JudgeOptions {
    if (count < FIRST_LONG) return count < this.#series.values.length ? { frames: this.#short } : {};
    const choice = choiceBefore(count);
    return choice === count ? {} : { curves: this.#judgementOf(choice)?.curves };
  }

  #part(start: number, end: number): Series {
    const known = this.#series.known.subarray(start, end);
    const values = this.#series.values.subarray(start, end);
    let knownCount = 0;
    for (let index = 0; index < known.length; index++) knownCount += known[index] ?? 0;
    return { values, known, knownCount };
  }
}

function foundIn(
  judgement: Judgement | undefined,
  values: Float64Array,
  { start, from }: { readonly start: number; readonly from: number },
): Found {
  if (judgement === undefined) return NOTHING;
  const found = anomaliesOf(judgement, values, from - start);
  if (start === 0) return found;
  const moved = (one: Anomaly) => ({ ...one, index: start + one.index });
  return {
    anomalies: found.anomalies.map(moved),
    shiftFrom: (index, first) => {
      const shift = found.shiftFrom(index - start, first - start);
      return shift && moved(shift);
    },
  };
}

/** Which of the windows that have `STEP` values between their beginnings. */
function windowOf(count: number): number {
  return count < FIRST_LONG ? 0 : Math.max(0, Math.ceil((anchorBefore(count) - LONGEST) / STEP));
}

/** The last anchor of a window. */
function lastOf(window: number): number {
  return anchorBefore(LONGEST + window * STEP);
}

/** The last anchor of the same window at which the curve is chosen. */
function choiceBefore(count: number): number {
  const window = windowOf(count);
  const start = window * STEP;
  let choice = window === 0 ? FIRST_LONG : lastOf(window - 1) + APART_LONG;
  for (;;) {
    const next = anchorBefore(Math.floor(start + GROWTH * (choice - start)) + APART_LONG - 1);
    if (next > count) return choice;
    choice = next;
  }
}
