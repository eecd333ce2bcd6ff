/** What repeats after a year is a season, also where two years are too few to know its shape. */
import { at } from './at.js';
import type { Step } from './level/steps.js';

const WEEK = 7;
const YEAR = 365.25;
/** Two years of one season differ by their noise: beyond this factor it is chance that they fell on one day. */
const ALIKE = 1.6;

/** The values of a year: a season that long, or 365.25 where a season of 7 says that the values are days. */
export function yearOf(seasons: readonly number[]): number | undefined {
  return seasons.find((season) => season >= 300) ?? (seasons.includes(WEEK) ? YEAR : undefined);
}

/** So many years show what each part of one has. */
const LEAST_YEARS = 2.75;
/** A third of a month. */
const PARTS = 36;

/**
 * In which part of the year each value is. Undefined where too few years are known.
 *
 * @param given by the calendar. Default: by the place in the series
 */
export function partsOfYear(known: Float64Array, year: number | undefined, given?: Int32Array): Int32Array | undefined {
  const first = known.findIndex((weight) => weight > 0);
  if (year === undefined || known.length - first < LEAST_YEARS * year) return undefined;
  return given ?? Int32Array.from(known, (_, index) => Math.floor(((index % year) / year) * PARTS));
}

/**
 * Whether the values a year before and after, or their neighbours, are about as surprising in the same direction.
 *
 * @param least how many of the other years that are known, as a share; at least one
 */
export function repeatsAfterYear(
  surprise: Float64Array,
  known: Float64Array,
  place: number,
  year: number | undefined,
  least: number,
): boolean {
  if (year === undefined) return false;
  const own = at(surprise, place);
  let years = 0;
  let repeated = 0;
  for (const direction of [-1, 1]) {
    for (let count = 1; ; count++) {
      const other = place + direction * Math.round(count * year);
      if (other < 0 || other >= surprise.length) break;
      if (at(known, other) === 0) continue;
      years += 1;
      const near = [other - 1, other, other + 1].filter((one) => one >= 0 && one < surprise.length);
      if (near.some((one) => isAlike(at(surprise, one) / own))) repeated += 1;
    }
  }
  return repeated >= Math.max(1, least * years);
}

function isAlike(ratio: number): boolean {
  return ratio > 1 / ALIKE && ratio < ALIKE;
}

/** Days by which the same step of two years may differ in its place. */
const STEP_REACH = 10;
/** The same step of two years differs in its size by this factor at most. */
const STEP_ALIKE = 2.5;

/** Nearer to the ends of what is known a step is not found. */
const STEP_MARGIN = 14;
/** What comes back in so many of the other years is a season: in both of two, in two of three. */
const STEP_YEARS = 0.6;

/**
 * Steps without those that come back in most of the other years: two shifts that fell on one day of two years are none where a third
 * year is known.
 *
 * @param places of the known values, ascending
 */
export function withoutYearly(
  steps: readonly Step[],
  year: number | undefined,
  places: readonly number[],
): readonly Step[] {
  if (year === undefined) return steps;
  const [first, last] = [(places[0] ?? 0) + STEP_MARGIN, (places.at(-1) ?? 0) - STEP_MARGIN];
  const isLike = (step: Step, place: number) =>
    steps.some(({ index, size }) => {
      const ratio = size / step.size;
      return Math.abs(index - place) <= STEP_REACH && ratio > 1 / STEP_ALIKE && ratio < STEP_ALIKE;
    });
  const isRepeated = (step: Step) => {
    const others: number[] = [];
    for (const direction of [-year, year]) {
      for (let place = step.index + direction; place >= first && place <= last; place += direction) others.push(place);
    }
    return others.filter((place) => isLike(step, place)).length >= Math.max(1, STEP_YEARS * others.length);
  };
  return steps.filter((step) => !isRepeated(step));
}
