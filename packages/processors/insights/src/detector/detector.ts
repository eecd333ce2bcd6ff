/** The streaming detector: judges each value by those before it. */
import { ArgumentError } from '@bizinsights/jobs-core';
import { checkOptions, shownValue } from '../reading/given.js';
import { Center } from './center.js';
import { Deviations } from './deviations.js';
import { LARGEST } from './limits.js';
import { Persistence } from './persistence.js';
import { Rest } from './rest.js';
import { Seasons } from './seasons.js';
import { type DetectorState, readSeasons, readState } from './state.js';
import { Step } from './step.js';

export interface DetectorOptions {
  /**
   * How many values a season has: 7 for a week of daily values. At most 8, each from 2 to 20,000; the one that predicts
   * best speaks, from its fourth cycle on. Default: a day and a week of values that are 60, 30, 15, 10 or 5 minutes apart
   * are tried. `[]` for none.
   */
  readonly seasons?: readonly number[];
  /** What `state()` has returned, to continue from there. */
  readonly state?: unknown;
}

/** What a detector says of one value. */
export interface Detection {
  /** From 0 to 1. From {@link ALARM_SCORE} on a value is an anomaly. 0 for an unknown value. */
  readonly score: number;
  /** What was expected, before the value was seen. Null as long as no value is known. */
  readonly expected: number | null;
  /** Of a thousand usual values about one lies below. Null as long as no value is known. */
  readonly lower: number | null;
  /** Of a thousand usual values about one lies above. Null as long as no value is known. */
  readonly upper: number | null;
  /**
   * Of an anomaly. `spike` and `drop` when it begins; `shift` when the level has changed, which the fifth value in a row
   * beyond the bound shows, or the means of 48 values. It is the same event, so the score of that value may be low.
   */
  readonly kind?: 'spike' | 'drop' | 'shift';
}

export interface Detector {
  /**
   * Judges the next value, and learns it. The work and the memory do not grow with the number of values.
   *
   * @param value null where it is unknown: time passes, nothing is learned
   * @throws ArgumentError for NaN, for what is no number, and beyond ±1e150; the detector stays as it was
   */
  push(value: number | null): Detection;
  /** All that it knows, as plain JSON: a detector that is created with it continues exactly. */
  state(): DetectorState;
}

interface Range {
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/** A surprise of 3: one value in a thousand. */
const ALARM = 3;

/** The score from which on a value is an anomaly, and has a `kind`: one in a thousand by itself. */
export const ALARM_SCORE = scoreOf(ALARM);

/** How fast the two levels follow the series: one is smooth, the other at most some values late. */
const SLOW = 0.1;
const FAST = 0.5;

/** A value moves what is learned by at most so many times the width of the bounds: one outlier is not a new level. */
const LARGEST_WIDTHS = 3;

/** So many values are learned as they are. */
const UNLIMITED = 50;

/** The part of the series' spread that is added to each deviation: what is small against it is no surprise. */
const FLOOR = 0.3;

/**
 * What the surprise of a view weighs. Deviations from the level and steps come in runs: so many of them are few by
 * themselves, and the rarity of the largest is overstated.
 */
const WEIGHTS = { slow: 1, fast: 1, level: 0.8, step: 0.8 } as const;
const VIEWS = ['slow', 'fast', 'level', 'step'] as const;
type View = (typeof VIEWS)[number];

/** Of the power mean of the views. 1 would be their mean, and ∞ the most surprised one alone. */
const POWER = 4;
const WEIGHT = VIEWS.reduce((sum, view) => sum + WEIGHTS[view] ** POWER, 0);

/**
 * Creates a detector of anomalies in a stream of evenly spaced values. It sees nothing of the future.
 *
 * Four views judge a value: its residual to the season and a slow level, the same with a fast level, its distance from the
 * median of the series, and the step between the means of the last 48 values and of the 48 before. Each view turns its
 * deviation into a probability by all earlier ones of the same series, so a score means the same for every series. After
 * an alarm, 30 values are anomalies only where they are more surprising.
 *
 * @throws ArgumentError for invalid seasons, and for a state that is not one of a detector with these seasons
 *
 * @example
 * ```ts
 * const detector = createDetector({ seasons: [7] });
 * for (const value of [120, 131, null, 118]) {
 *   const { score, expected, kind } = detector.push(value);
 *   if (kind) console.log(`${kind}: ${value} instead of ${expected}, score ${score}`);
 * }
 * const later = createDetector({ state: JSON.parse(JSON.stringify(detector.state())) });
 * ```
 */
export function createDetector(options: DetectorOptions = {}): Detector {
  checkOptions('createDetector', options, '{ seasons: [7] }');
  const seasons = readSeasons(options.seasons);
  return new StreamDetector(seasons, options.state === undefined ? undefined : readState(options.state, seasons));
}

class StreamDetector implements Detector {
  readonly #given: readonly number[] | undefined;
  readonly #seasons: Seasons;
  readonly #center: Center;
  readonly #step: Step;
  readonly #views: Readonly<Record<View, Deviations>>;
  readonly #rest: Rest;
  readonly #persistence: Persistence;
  /** Values so far, the unknown ones included. */
  #time: number;
  /** Levels of what is left when the season is taken out. */
  #slow: number;
  #fast: number;

  constructor(given: readonly number[] | undefined, state?: DetectorState) {
    this.#given = state ? (state.given ?? undefined) : given;
    this.#seasons = new Seasons(this.#given, state?.seasons);
    this.#center = new Center(state?.center);
    this.#step = new Step(state?.step);
    this.#views = {
      slow: new Deviations(state?.views.slow),
      fast: new Deviations(state?.views.fast),
      level: new Deviations(state?.views.level),
      step: new Deviations(state?.views.step),
    };
    this.#rest = new Rest(state?.rest);
    this.#persistence = new Persistence(state?.persistence);
    this.#time = state?.time ?? 0;
    this.#slow = state?.slow ?? 0;
    this.#fast = state?.fast ?? 0;
  }

  push(value: number | null): Detection {
    if (value !== null && (typeof value !== 'number' || !(Math.abs(value) <= LARGEST))) {
      throw new ArgumentError(`The value is ${shownValue(value)}: a finite number, or null for an unknown one`);
    }
    const season = this.#expectSeason();
    if (value === null) {
      this.#time += 1;
      this.#rest.pass();
      if (season === null) return { score: 0, expected: null, lower: null, upper: null };
      return { score: 0, ...this.#range(season) };
    }
    return this.#judge(value, season ?? value);
  }

  state(): DetectorState {
    return {
      version: 1,
      given: this.#given ? [...this.#given] : null,
      time: this.#time,
      slow: this.#slow,
      fast: this.#fast,
      seasons: this.#seasons.state(),
      center: this.#center.state(),
      step: this.#step.state(),
      views: {
        slow: this.#views.slow.state(),
        fast: this.#views.fast.state(),
        level: this.#views.level.state(),
        step: this.#views.step.state(),
      },
      rest: this.#rest.state(),
      persistence: this.#persistence.state(),
    };
  }

  /** Where another season is chosen, levels and deviations are measured from that one, and the expectation does not jump. */
  #expectSeason(): number | null {
    const before = this.#seasons.error;
    const floorBefore = this.#residualFloor;
    const { value, jump } = this.#seasons.expected(this.#time);
    if (jump === undefined) return value;
    // The profile of a given season is level enough; the levels so far have followed the season itself.
    this.#slow = this.#given ? 0 : this.#slow - jump;
    this.#fast = this.#given ? 0 : this.#fast - jump;
    this.#persistence.stop();
    const factor = before > 0 ? this.#seasons.error / before : 1;
    if (factor === 1) return value;
    const floor = { before: floorBefore, now: this.#residualFloor };
    this.#views.slow.rescale(factor, floor);
    this.#views.fast.rescale(factor, floor);
    return value;
  }

  get #floor(): number {
    return FLOOR * this.#center.spread;
  }

  /** Where the host knows the season, what is small against it can be seen. */
  get #residualFloor(): number {
    return this.#given ? Math.min(this.#floor, FLOOR * this.#seasons.error) : this.#floor;
  }

  #range(season: number): Range {
    const { up, down } = this.#views.slow.bounds(ALARM, this.#residualFloor);
    const expected = season + this.#slow;
    return { expected, lower: expected - down, upper: expected + up };
  }

  #judge(value: number, season: number): Detection {
    const median = this.#center.median ?? value;
    const range = this.#range(season);
    const rest = value - season;
    const limited = this.#limited(value - range.expected, range);
    const learned = range.expected + limited;
    const slow = rest - this.#slow;
    const fast = rest - this.#fast;
    const deviations: Record<View, number> = {
      slow,
      // Between the two levels a value is on its way back from what has moved the fast one.
      fast: slow * fast > 0 ? fast : 0,
      level: value - median,
      step: this.#step.push(learned),
    };
    this.#center.push(learned);
    const { surprise, by } = this.#surprise(deviations);
    const shift = this.#persistence.push(rest);
    const alarm = this.#rest.push(surprise);
    if (alarm >= ALARM) {
      if (deviations.slow > 0) this.#persistence.start(1, range.upper - season);
      else this.#persistence.start(-1, range.lower - season);
    }
    this.#seasons.push(this.#time, learned);
    this.#slow += SLOW * limited;
    this.#fast += FAST * this.#limited(fast, range);
    this.#time += 1;
    const score = scoreOf(alarm);
    const within = value >= range.lower && value <= range.upper;
    if (shift || (alarm >= ALARM && by === 'step' && within)) return { score, ...range, kind: 'shift' };
    if (alarm >= ALARM) return { score, ...range, kind: deviations[by] > 0 ? 'spike' : 'drop' };
    return { score, ...range };
  }

  /** Of all views together, and the view that is surprised most. */
  #surprise(deviations: Readonly<Record<View, number>>): { surprise: number; by: View } {
    let by: View = 'slow';
    let most = 0;
    let sum = 0;
    for (const view of VIEWS) {
      const floor = view === 'slow' || view === 'fast' ? this.#residualFloor : this.#floor;
      const surprise = WEIGHTS[view] * this.#views[view].push(deviations[view], floor);
      sum += surprise ** POWER;
      if (surprise > most) {
        most = surprise;
        by = view;
      }
    }
    return { surprise: (sum / WEIGHT) ** (1 / POWER), by };
  }

  #limited(deviation: number, { expected, lower, upper }: Range): number {
    const up = upper - expected;
    const down = expected - lower;
    // By the smaller one, so that the way back from an outlier is no anomaly.
    const width = LARGEST_WIDTHS * (Math.min(up, down) || Math.max(up, down));
    if (this.#time < UNLIMITED || width === 0) return deviation;
    return Math.max(-width, Math.min(width, deviation));
  }
}

/** From 0 to 1: a surprise of 1 is 0.5, and 3 is 0.75. */
function scoreOf(surprise: number): number {
  return surprise / (1 + surprise);
}
