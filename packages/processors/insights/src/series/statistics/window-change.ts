/**
 * Whether the difference between two windows of a series is more than its noise: Welch's t test (Biometrika 34, 1947) with the
 * number of values that as many independent ones would have (Zwiers and von Storch, "Taking Serial Correlation into Account in
 * Tests of the Mean", Journal of Climate 8, 1995). The values are without their season.
 */
import { at } from '../at.js';
import { neighbourCorrelation } from './autocorrelation.js';
import { studentReach, studentTails } from './distributions.js';

export interface WindowChange {
  /** Mean of the later window less that of the earlier. */
  readonly difference: number;
  /** 95 %. */
  readonly lower: number;
  readonly upper: number;
  /** How likely noise alone differs as much, in either direction. */
  readonly p: number;
}

/** Undefined where a window has fewer than two values. */
export function windowChange(before: ArrayLike<number>, after: ArrayLike<number>): WindowChange | undefined {
  if (before.length < 2 || after.length < 2) return undefined;
  const [one, other] = [momentsOf(before), momentsOf(after)];
  const rest = new Float64Array(before.length + after.length);
  rest.set(one.rest);
  rest.set(other.rest, before.length);
  const memory = neighbourCorrelation(rest);
  const share = (1 - memory) / (1 + memory);
  const parts = [one, other].map(({ variance, count }) => ({
    error: variance / Math.max(1, count * share),
    freedom: Math.max(1, count * share - 1),
  }));
  const squared = parts.reduce((sum, { error }) => sum + error, 0);
  const difference = other.mean - one.mean;
  if (squared === 0) return { difference, lower: difference, upper: difference, p: difference === 0 ? 1 : 0 };
  const freedom = squared ** 2 / parts.reduce((sum, part) => sum + part.error ** 2 / part.freedom, 0);
  const error = Math.sqrt(squared);
  // The interval takes most of the time, and few ask for it.
  const reach = () => studentReach(0.05, freedom) * error;
  return {
    difference,
    get lower() {
      return difference - reach();
    },
    get upper() {
      return difference + reach();
    },
    p: studentTails(difference / error, freedom),
  };
}

function momentsOf(values: ArrayLike<number>) {
  const count = values.length;
  const rest = Float64Array.from(values);
  let mean = 0;
  for (let index = 0; index < count; index++) mean += at(rest, index) / count;
  let squares = 0;
  for (let index = 0; index < count; index++) {
    rest[index] = at(rest, index) - mean;
    squares += at(rest, index) ** 2;
  }
  return { count, mean, rest, variance: squares / (count - 1) };
}
