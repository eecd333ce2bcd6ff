/**
 * What holidays do to the days of a forecast: each day near one is set against the level of the days around it, of which a median
 * keeps the steps, times what its weekday has. The coming days are expected to have what the same days of earlier years had
 * (`expected/holiday-effects.ts` says which those are). An effect is drawn to none by the share that noise has in it (James and
 * Stein, 1961). The forecast is made of days without these effects.
 */
import type { Holiday } from '../ports.js';
import { median } from '../robust.js';
import type { Pieces } from '../series/pieces.js';
import { type NearHoliday, nearHolidays, typicalEffect } from './expected/holiday-effects.js';

const WEEK = 7;

/** So many days before a day and after it have its level: half of them near a holiday do not move their median. */
const AROUND = 7;

/** What a weekday has against the others is taken from so many weeks before and after. */
const WEEKS = 13;

/** Of fewer values nothing is concluded. */
const LEAST_VALUES = 4;

/** Fewer ordinary days say nothing of the noise. */
const LEAST_DAYS = 28;

/** A standard deviation of normal noise, by the median distance. */
const PER_MEDIAN = 1.4826;

/** Standard deviations: what is less is noise, and no effect. */
const LEAST_EFFECT = 2.5;

/** Nor is what is less than 5 %, however quiet a metric is. */
const LEAST_SHARE = 0.05;

/** More than so many times as much is of a day that had no level. */
const MOST_TIMES = 20;

/** A day that has less of what is usual says nothing of the others. */
const LEAST_TIMES = 0.5;

/** What has been in fewer years may have been something else. */
const LEAST_YEARS = 2;

/** How many times as much a coming day has, by the holiday that is near. */
export interface HolidayFactor {
  readonly expected: number;
  /** The least and the most that it has had. */
  readonly lower: number;
  readonly upper: number;
}

export interface HolidayOutlook {
  /** The days without what holidays did. */
  readonly ordinary: readonly (number | null)[];
  /** One for each coming day. */
  readonly factors: readonly HolidayFactor[];
}

const NONE: HolidayFactor = { expected: 1, lower: 1, upper: 1 };

/**
 * @param values of the first of the days: the others are to come
 * @param days each day, with those to come
 */
export function* holidayOutlook(
  values: readonly (number | null)[],
  days: readonly string[],
  holidays: readonly Holiday[],
): Pieces<HolidayOutlook> {
  const { length } = values;
  const near = nearHolidays(days, values, holidays);
  const isKnown = near.slice(length).some((one) => (one?.earlier.length ?? 0) >= LEAST_YEARS);
  const first = isKnown ? yield* measured(values, values, near) : undefined;
  if (first === undefined) return { ordinary: values, factors: days.slice(length).map(() => NONE) };
  // Then without what holidays did to the days around them.
  const others = values.map((value, place) => (first.effects[place] === 0 ? value : null));
  const { usual, effects, noise } = (yield* measured(values, others, near)) ?? first;
  const factors = near.map((one) =>
    factorOf(
      (one?.earlier ?? []).map((place) => effects[place] ?? 0),
      noise,
    ),
  );
  const ordinary = values.map((value, place) => {
    // What follows the last days is not known: their level may be about to change. They are as in earlier years.
    const isLast = place >= length - AROUND && (near[place]?.earlier.length ?? 0) >= LEAST_YEARS;
    const { expected } = factors[place] ?? NONE;
    if (isLast) return value === null || expected < LEAST_TIMES ? null : value / expected;
    return effects[place] === 0 ? value : (usual[place] ?? value);
  });
  return { ordinary, factors: factors.slice(length) };
}

interface Measured {
  /** What each day has without a holiday. */
  readonly usual: readonly (number | undefined)[];
  /** How much more each day has by the holiday that is near: 0 where none is, and where it is noise. */
  readonly effects: readonly number[];
  /** The standard deviation of such quotients on other days. */
  readonly noise: number;
}

/**
 * Undefined where too little is known.
 *
 * @param ordinary those of the values that say what is usual
 */
function* measured(
  values: readonly (number | null)[],
  ordinary: readonly (number | null)[],
  near: readonly (NearHoliday | undefined)[],
): Pieces<Measured | undefined> {
  const usual = yield* usualOf(ordinary);
  yield;
  const all = values.map((value, place) => effectOf(value, usual[place]));
  const noise = noiseOf(all.filter((_, place) => near[place] === undefined));
  if (noise === undefined) return undefined;
  const least = Math.max(LEAST_SHARE, LEAST_EFFECT * noise);
  const effects = all.map((effect = 0, place) => (near[place] && Math.abs(effect) >= least ? effect : 0));
  return { usual, effects, noise };
}

/** What a day of that level and weekday has. Undefined where that can't be said. */
function* usualOf(values: readonly (number | null)[]): Pieces<readonly (number | undefined)[]> {
  const shares = quotients(values, levelOf(values));
  yield;
  const weekdays = values.map((_, place) => {
    const same: number[] = [];
    for (let week = -WEEKS; week <= WEEKS; week++) {
      const share = shares[place + week * WEEK] ?? null;
      if (share !== null) same.push(share);
    }
    return same.length < LEAST_VALUES ? undefined : median(same);
  });
  yield;
  return levelOf(quotients(values, weekdays)).map((level, place) => {
    const weekday = weekdays[place];
    return level === undefined || weekday === undefined ? undefined : level * weekday;
  });
}

function quotients(values: readonly (number | null)[], by: readonly (number | undefined)[]): (number | null)[] {
  return values.map((value, place) => {
    const divisor = by[place] ?? 0;
    return value === null || divisor <= 0 ? null : value / divisor;
  });
}

/** The median of the days around each; at the ends of as many, which lie on one side. */
function levelOf(values: readonly (number | null)[]): readonly (number | undefined)[] {
  return values.map((_, place) => {
    const start = Math.max(0, Math.min(place - AROUND, values.length - 2 * AROUND - 1));
    const near = values.slice(start, start + 2 * AROUND + 1).filter((value) => value !== null);
    return near.length < LEAST_VALUES ? undefined : median(near);
  });
}

/** How much more a day has than is usual: 0.5 is half as much again. Undefined where that can't be said. */
function effectOf(value: number | null, usual: number | undefined): number | undefined {
  if (value === null || usual === undefined || usual <= 0 || value < 0) return undefined;
  const times = value / usual;
  return times <= MOST_TIMES ? times - 1 : undefined;
}

/** The standard deviation of what ordinary days have. Undefined for few days. */
function noiseOf(effects: readonly (number | undefined)[]): number | undefined {
  const distances = effects.flatMap((effect) => (effect === undefined ? [] : Math.abs(effect)));
  if (distances.length < LEAST_DAYS) return undefined;
  return PER_MEDIAN * (median(distances) ?? 0);
}

/** @param effects of the same day in earlier years */
function factorOf(effects: readonly number[], noise: number): HolidayFactor {
  const typical = effects.length < LEAST_YEARS ? 0 : typicalEffect(Float64Array.from(effects));
  if (typical === 0) return NONE;
  const own = typical * (1 - noise ** 2 / (effects.length * typical ** 2));
  const seen = [own, ...effects];
  return { expected: 1 + own, lower: 1 + Math.min(...seen), upper: 1 + Math.max(...seen) };
}
