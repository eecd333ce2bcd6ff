/**
 * What comes each year on the same days is a season, also where too few years are known for one, or where a figure is too noisy
 * for it: the step from December to January, the rise before Christmas. The days of an event are set against the same weekdays of
 * the weeks before it, and so are the same days of each other known year. Where these have moved in the same way by a like factor,
 * and by more than noise moves so many days, the event is no event. Single days are compared in `series/`.
 */
import { median } from '../../robust.js';
import type { JudgedMetric } from './judged-metric.js';

const YEAR = 365.25;
const WEEK = 7;

/** What days are set against: the same weekdays of so many weeks before the first of them. */
const WEEKS = 4;

/** Of a new level no more days are looked at: later it is something else. */
const MOST_DAYS = 21;

/** So large a part of the days has to be known, in each year. */
const KNOWN = 0.5;

/** Fewer days move by chance. */
const LEAST_DAYS = 3;

/** The move of the other years, in standard deviations of that of so many days anywhere. */
const LEAST_SCORE = 2;

/** Noise is taken from every so many days. */
const EVERY = 5;

/** The move of two years of one season differs by this factor at most, as a logarithm. */
const ALIKE = 2.5;

/** A standard deviation of normal noise, by the median distance. */
const PER_MEDIAN = 1.4826;

/** What came in so many of the other years comes each year: in both of two, in two of three. */
const MOST_YEARS = 0.6;

/** Whether other years have moved in the same way on the days from `first` to `last`. */
export function comesEachYear({ values }: Pick<JudgedMetric, 'values'>, first: number, last: number): boolean {
  const days = Math.min(MOST_DAYS, last - first + 1);
  if (days < LEAST_DAYS) return false;
  const own = moveOf(values, first, days);
  if (own === undefined || own === 0) return false;
  const others: number[] = [];
  for (const direction of [-1, 1]) {
    for (let years = 1; ; years++) {
      const place = first + direction * Math.round(years * YEAR);
      if (place < 0 || place >= values.length) break;
      const move = moveOf(values, place, days);
      if (move !== undefined) others.push(move);
    }
  }
  const isLike = (move: number) => move / own > 1 / ALIKE && move / own < ALIKE;
  const usual = median(others);
  if (usual === undefined || !isLike(usual) || others.filter(isLike).length < MOST_YEARS * others.length) return false;
  return Math.abs(usual) * Math.sqrt(others.length) >= LEAST_SCORE * noiseOf(values, days);
}

/** By the days that move: several events of a metric are as long. */
const known = new WeakMap<readonly (number | null)[], Map<number, number>>();

/** The standard deviation of the moves of so many days. */
function noiseOf(values: readonly (number | null)[], days: number): number {
  const ofValues = known.get(values) ?? new Map<number, number>();
  known.set(values, ofValues);
  const noise = ofValues.get(days) ?? measuredNoise(values, days);
  ofValues.set(days, noise);
  return noise;
}

function measuredNoise(values: readonly (number | null)[], days: number): number {
  const moves: number[] = [];
  for (let first = 0; first < values.length; first += EVERY) {
    const move = moveOf(values, first, days);
    if (move !== undefined) moves.push(Math.abs(move));
  }
  return PER_MEDIAN * (median(moves) ?? 0);
}

/**
 * The logarithm of what days have, against the same weekdays before them. The best day and the worst of each week are left out: a
 * single one is an event of its own. Undefined where too little is known.
 */
function moveOf(values: readonly (number | null)[], first: number, days: number): number | undefined {
  const known: { readonly value: number; readonly usual: number }[] = [];
  for (let offset = 0; offset < days; offset++) {
    const value = values[first + offset] ?? null;
    const weekdays: number[] = [];
    for (let week = 1; week <= WEEKS; week++) {
      const before = values[first + (offset % WEEK) - week * WEEK] ?? null;
      if (before !== null) weekdays.push(before);
    }
    if (value === null || weekdays.length < WEEKS / 2) continue;
    known.push({ value, usual: weekdays.reduce((sum, one) => sum + one, 0) / weekdays.length });
  }
  if (known.length < KNOWN * days) return undefined;
  const trim = Math.round(known.length / WEEK);
  const kept = known
    .toSorted((one, other) => one.value - one.usual - (other.value - other.usual))
    .slice(trim, known.length - trim);
  const sum = (of: 'value' | 'usual') => kept.reduce((total, one) => total + one[of], 0);
  return sum('value') > 0 && sum('usual') > 0 ? Math.log(sum('value') / sum('usual')) : undefined;
}
