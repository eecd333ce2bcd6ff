/** A large change as a multiple: `53 times as many` is read at a glance, and `5,231% more` is not. */

/** From so many times on: 300 % more is four times as much. */
const LEAST = 4;

/**
 * How many times its comparison a figure is, where the text says so; undefined where the text gives percent. A comparison of
 * 0 or less has no multiples.
 */
export function multipleOf(change: number | undefined, expected: number): number | undefined {
  return change !== undefined && expected > 0 && 1 + change >= LEAST ? 1 + change : undefined;
}
