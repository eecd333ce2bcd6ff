/** Anomalies of a series away from zero: sales, sessions, ratios. */
import { type Anomaly, FALSE_DISCOVERIES, ratesOf, scoreOf } from './anomaly.js';
import { at } from './at.js';
import { fillGaps } from './gaps.js';
import type { Series } from './input.js';
import { type Frame, fitCurve, fitLevel, frameOf, type Level } from './level.js';
import { seasonalPart } from './season.js';
import { type Stabilizer, stabilizer } from './stabilize.js';
import { normalTails } from './statistics/distributions.js';
import { quantileOf } from './statistics/quantile.js';
import { type Tails, tailsOf } from './statistics/tail-weight.js';
import type { Step } from './steps.js';
import { repeatsAfterYear, yearOf } from './year.js';

/** Half of the shortest wave of the level, in values: what is shorter is an event. */
const SHORTEST = 30;

export function detectInMeasures(series: Series, seasons: readonly number[]): Anomaly[] {
  const unit = unitOf(series);
  if (unit === undefined) return [];
  const { known } = series;
  const plain = fillGaps({ values: series.values.map((value) => unit.to(value)), known });
  const frame = frameOf(known, SHORTEST);
  const { transform, restore } = stabilizerOf(plain, known, frame, seasons);
  const stable = plain.map(transform);
  const { season, level } = decompose(stable, known, frame, seasons);
  const year = yearOf(seasons);

  const residuals = stable.map((value, index) => value - at(season, index) - at(level.fit, index));
  const places: number[] = [];
  known.forEach((weight, index) => {
    if (weight > 0) places.push(index);
  });
  const judged = Float64Array.from(places, (place) => at(residuals, place));
  const tails = tailsOf(judged);
  if (tails.middle === 0 && level.steps.length === 0) return [];
  const rates = ratesOf(judged.map((value) => tails.beyond(value)));
  const above = reachOf(judged, rates, tails, 1);
  const below = reachOf(judged, rates, tails, -1);

  const found: Anomaly[] = [];
  const describe = (index: number, kind: Anomaly['kind'], expected: number, rate: number) => {
    const back = (value: number) => unit.from(restore(value));
    found.push({
      index,
      value: at(series.values, index),
      expected: back(expected),
      lower: back(expected - below),
      upper: back(expected + above),
      kind,
      score: scoreOf(rate),
    });
  };
  const shifts = level.steps.filter((step) => !isYearly(step, level.steps, year));
  for (const { index, size, score } of shifts) {
    const rate = Math.min(FALSE_DISCOVERIES, normalTails(score) * places.length);
    describe(index, 'shift', at(season, index) + at(level.fit, index) - size, rate);
  }
  places.forEach((place, order) => {
    const rate = at(rates, order);
    if (rate > FALSE_DISCOVERIES || isPartOfShift(place, at(residuals, place), shifts)) return;
    if (repeatsAfterYear(residuals, place, year)) return;
    const expected = at(season, place) + at(level.fit, place);
    describe(place, at(residuals, place) > 0 ? 'spike' : 'drop', expected, rate);
  });
  return found.sort((a, b) => a.index - b.index);
}

interface Unit {
  to(value: number): number;
  from(value: number): number;
}

/** Digits that are kept of a value in units of the series: a series times a constant is judged with the same numbers. */
const DIGITS = 1e9;

/** Undefined for a constant series. */
function unitOf({ values, known }: Series): Unit | undefined {
  const own = values.filter((_, index) => at(known, index) > 0);
  const centre = quantileOf(own, 0.5);
  let scale = quantileOf(own, 0.9) - quantileOf(own, 0.1);
  if (!(scale > 0)) scale = own.reduce((most, value) => Math.max(most, Math.abs(value - centre)), 0);
  if (!(scale > 1e-12 * Math.abs(centre))) return undefined;
  return {
    to: (value) => Math.round(((value - centre) / scale) * DIGITS) / DIGITS,
    from: (value) => centre + value * scale,
  };
}

function stabilizerOf(values: Float64Array, known: Float64Array, frame: Frame, seasons: readonly number[]): Stabilizer {
  const season = seasonalPart(values, known, seasons);
  const curve = fitCurve(without(values, season), frame);
  const isKnown = (_: number, index: number) => at(known, index) > 0;
  const levels = values.map((_, index) => at(season, index) + at(curve, index));
  return stabilizer(levels.filter(isKnown), without(values, levels).filter(isKnown));
}

function without(values: Float64Array, part: Float64Array): Float64Array {
  return values.map((value, index) => value - at(part, index));
}

function decompose(
  values: Float64Array,
  known: Float64Array,
  frame: Frame,
  seasons: readonly number[],
): { season: Float64Array; level: Level } {
  const first = seasonalPart(values, known, seasons);
  const level = fitLevel(without(values, first), frame);
  if (level.steps.length === 0) return { season: first, level };
  // A step bends the seasons around it: without it they are seen better.
  const season = seasonalPart(without(values, level.fit), known, seasons);
  return { season, level: fitLevel(without(values, season), frame, { start: level }) };
}

/** How far from its expectation a value is usual: where the rate of false discoveries begins to be too high. */
function reachOf(judged: Float64Array, rates: Float64Array, tails: Tails, sign: 1 | -1): number {
  let low = 0;
  let high = tails.middle;
  const most = FALSE_DISCOVERIES / judged.length;
  while (high > 0 && tails.beyond(sign * high) > most) high *= 2;
  for (let pass = 0; pass < 40; pass++) {
    const middle = (low + high) / 2;
    if (tails.beyond(sign * middle) > most) low = middle;
    else high = middle;
  }
  judged.forEach((value, index) => {
    if (value * sign > 0 && at(rates, index) <= FALSE_DISCOVERIES) high = Math.min(high, Math.abs(value));
  });
  return high;
}

/** A place of a step is known to within a few values: those have its sign and are no anomalies of their own. */
function isPartOfShift(place: number, surprise: number, shifts: readonly Step[]): boolean {
  const NEAR = 3;
  return shifts.some(({ index, size }) => {
    const isBefore = place < index;
    return Math.abs(place - index) <= NEAR && Math.sign(surprise) === (isBefore ? Math.sign(size) : -Math.sign(size));
  });
}

function isYearly(step: Step, steps: readonly Step[], year: number | undefined): boolean {
  if (year === undefined) return false;
  return steps.some(
    (other) =>
      Math.abs(Math.abs(other.index - step.index) - year) <= 10 &&
      other.size / step.size > 0.4 &&
      other.size / step.size < 2.5,
  );
}
