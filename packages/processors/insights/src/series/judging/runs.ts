/**
 * Days in a row that are far off in one direction are one event and not as many. By independent noise, however heavy its tails are,
 * such days hardly ever follow each other: counted one by one, a week of a short series makes the noise look as wide as the event.
 */
import { at } from '../at.js';
import { medianOf } from '../statistics/quantile.js';

/** From so many standard deviations on, by the median distance, a residual is far. */
const FAR = 2.5;
/** So many are a run: two happen by chance. */
const LEAST_RUN = 3;
/** A run of residuals that are less far may be an event: what leaves it out may be generous. */
const OFF = 1.5;

const PER_MAD = 1.4826;
/** Of values whose range is about 1. */
const ROUNDING = 1e-5;

/** The residuals with one of each run of three or more far ones: its middle one. */
export function oneOfEachRun(residuals: Float64Array): Float64Array {
  const limit = FAR * PER_MAD * medianOf(residuals.map(Math.abs));
  if (!(limit > ROUNDING)) return residuals;
  const kept: number[] = [];
  for (let first = 0; first < residuals.length; ) {
    const own = at(residuals, first);
    const isFar = (value: number) => Math.abs(value) > limit && value > 0 === own > 0;
    let end = first + 1;
    if (isFar(own)) while (end < residuals.length && isFar(at(residuals, end))) end += 1;
    const run = residuals.slice(first, end);
    if (run.length < LEAST_RUN) kept.push(...run);
    else kept.push(at(run.sort(), run.length >> 1));
    first = end;
  }
  return Float64Array.from(kept);
}

/** Of the residuals at each of these places, 1 where it may be part of an event of several days. */
export function runsIn(residuals: Float64Array, places: Float64Array): Float64Array {
  const own = places.map((place) => at(residuals, place));
  const limit = OFF * PER_MAD * medianOf(own.map(Math.abs));
  const isIn = new Float64Array(own.length);
  for (let first = 0; first < own.length; ) {
    const isUp = at(own, first) > 0;
    let end = first;
    while (end < own.length && Math.abs(at(own, end)) > limit && at(own, end) > 0 === isUp) end += 1;
    if (end - first >= LEAST_RUN) isIn.fill(1, first, end);
    first = Math.max(end, first + 1);
  }
  return isIn;
}
