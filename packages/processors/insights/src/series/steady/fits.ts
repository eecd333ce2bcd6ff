/**
 * The fits by which the values of a series are judged, each of a beginning of it.
 *
 * Up to a year and a half, each fit looks for the best of all curves, which takes most of its time. In longer series those that are
 * nearly as good as the best are found each time that it is a quarter longer, and the fits from there on choose among them.
 *
 * What is usual changes over the years: a fit sees four years at most. What lies farther back stays as it was judged.
 */
import { type Anomaly, anomaliesOf, type Found } from '../anomaly.js';
import type { Series } from '../input.js';
import { curvesOf, judge } from '../judging/judge.js';
import type { Curves } from '../judging/judgement.js';
import { Frames } from '../level/frames.js';
import { atOnce } from '../pieces.js';
import { joined } from './joined.js';
import { APART_LONG, anchorBefore, FIRST_LONG } from './steady.js';

/** Values for each value at the choice before. */
const GROWTH = 1.25;
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
  readonly #made = new Map<number, Found>();
  readonly #curves = new Map<number, Curves | undefined>();
  readonly #settled = new Map<number, readonly Anomaly[]>();

  constructor(series: Series, seasons: readonly number[]) {
    this.#series = series;
    this.#seasons = seasons;
  }

  /** What is found in the first `count` values by these alone. */
  upTo(count: number): Found {
    const made = this.#made.get(count) ?? this.#make(count);
    this.#made.set(count, made);
    return made;
  }

  #make(count: number): Found {
    const anchor = anchorBefore(count);
    if (count < FIRST_LONG) return this.#find(0, count);
    const window = windowOf(anchor);
    const start = window * STEP;
    const choice = choiceOf(anchor, window);
    const found = this.#find(start, count, this.#curvesAt(start, choice));
    if (window === 0) return found;
    const border = start + SEEN;
    return { ...found, anomalies: joined(this.#before(window), found, border) };
  }

  /** What lies before the values that are judged in this window. */
  #before(window: number): readonly Anomaly[] {
    const last = LONGEST + (window - 1) * STEP;
    const border = window * STEP + SEEN;
    const before =
      this.#settled.get(window) ?? this.upTo(anchorBefore(last)).anomalies.filter(({ index }) => index < border);
    this.#settled.set(window, before);
    return before;
  }

  #curvesAt(start: number, choice: number): Curves | undefined {
    const known = this.#curves.get(choice);
    if (known !== undefined) return known;
    const curves = atOnce(curvesOf(this.#part(start, choice), this.#seasons));
    this.#curves.set(choice, curves);
    return curves;
  }

  #find(start: number, end: number, curves?: Curves): Found {
    const part = this.#part(start, end);
    const isBeginning = end < FIRST_LONG && end < this.#series.values.length;
    const options = isBeginning ? { frames: this.#short } : { curves };
    const judgement = atOnce(judge(part, this.#seasons, options));
    if (judgement === undefined) return NOTHING;
    const { anomalies, shiftFrom } = anomaliesOf(judgement, part.values);
    const moved = (one: Anomaly) => ({ ...one, index: start + one.index });
    return {
      anomalies: start === 0 ? anomalies : anomalies.map(moved),
      shiftFrom: (index, from) => {
        const shift = shiftFrom(index - start, from - start);
        return shift && moved(shift);
      },
    };
  }

  #part(start: number, end: number): Series {
    const known = this.#series.known.subarray(start, end);
    const values = this.#series.values.subarray(start, end);
    return { values, known, knownCount: known.filter((weight) => weight > 0).length };
  }
}

/** Which of the windows that have `STEP` values between their beginnings. */
function windowOf(anchor: number): number {
  return Math.max(0, Math.ceil((anchor - LONGEST) / STEP));
}

/** The last anchor of the window at which the curve is chosen. */
function choiceOf(anchor: number, window: number): number {
  const start = window * STEP;
  const behind = LONGEST + (window - 1) * STEP;
  let choice = window === 0 ? FIRST_LONG : anchorBefore(behind) + APART_LONG;
  for (;;) {
    const next = anchorBefore(start + GROWTH * (choice - start) + APART_LONG - 1);
    if (next > anchor) return choice;
    choice = next;
  }
}
