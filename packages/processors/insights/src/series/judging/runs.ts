/**
 * Days in a row that are far off in one direction are one event and not as many. By independent noise, however heavy its tails are,
 * such days hardly ever follow each other: counted one by one, a week of a short series makes the noise look as wide as the event.
 */
import { at } from '../at.js';
import { medianOf } from '../statistics/quantile.js';

/** Deviations from where a residual is far. */
const FAR = 2.5;

/** The median distance of normal noise, in standard deviations. */
const NORMAL_MIDDLE = 0.6745;

/** The residuals with one of each run of far ones: its middle one. */
export function oneOfEachRun(residuals: Float64Array): Float64Array {
  const limit = (FAR / NORMAL_MIDDLE) * medianOf(residuals.map(Math.abs));
  if (!(limit > 0)) return residuals;
  const kept: number[] = [];
  for (let first = 0; first < residuals.length; ) {
    const own = at(residuals, first);
    const isFar = (value: number) => Math.abs(value) > limit && value > 0 === own > 0;
    let end = first + 1;
    if (isFar(own)) while (end < residuals.length && isFar(at(residuals, end))) end += 1;
    const run = residuals.slice(first, end).sort();
    kept.push(at(run, run.length >> 1));
    first = end;
  }
  return Float64Array.from(kept);
}
