/** The sides of the benchmark: each gives every value a score from 0 to 1, and sees nothing behind it. */
import { createDetector } from '@bizinsights/jobs-insights';

export interface Scorer {
  readonly name: string;
  score(values: readonly number[]): number[];
}

export const DETECTOR: Scorer = {
  name: 'createDetector',
  score(values) {
    const detector = createDetector();
    return values.map((value) => detector.push(value).score);
  },
};

/** The rules that it is compared with. */
export const RULES: readonly Scorer[] = [
  { name: 'z-score', score: (values) => gaussian(values, Number.POSITIVE_INFINITY) },
  // As many values as the benchmark's own detector of this name has.
  { name: 'windowed Gaussian', score: (values) => gaussian(values, 6_400) },
  { name: 'rolling median, MAD', score: (values) => rollingMedian(values, 288) },
];

/** The distance from the mean of the values before, in their standard deviations. */
function gaussian(values: readonly number[], width: number): number[] {
  let count = 0;
  let sum = 0;
  let squares = 0;
  return values.map((value, index) => {
    const mean = sum / count;
    const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
    const score = count < 2 ? 0 : toScore(value - mean, deviation);
    count += 1;
    sum += value;
    squares += value * value;
    if (count > width) {
      const oldest = values[index - width] ?? 0;
      count -= 1;
      sum -= oldest;
      squares -= oldest * oldest;
    }
    return score;
  });
}

/** The distance from the median of a window, in its median absolute deviations as standard deviations. */
function rollingMedian(values: readonly number[], width: number): number[] {
  return values.map((value, index) => {
    const window = values.slice(Math.max(0, index - width), index);
    if (window.length < 10) return 0;
    const middle = median(window);
    const distances = window.map((one) => Math.abs(one - middle));
    // Where more than half of the values are the same, their median distance is 0: then by the mean one.
    const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
    return toScore(value - middle, 1.4826 * median(distances) || 1.2533 * mean);
  });
}

function median(values: readonly number[]): number {
  return Float64Array.from(values).sort()[values.length >> 1] ?? 0;
}

/** Keeps the order of all distances, and is 0 for none. */
function toScore(distance: number, unit: number): number {
  if (distance === 0) return 0;
  const units = Math.abs(distance) / Math.max(unit, 1e-9);
  return units / (1 + units);
}
