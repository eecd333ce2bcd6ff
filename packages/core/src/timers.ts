/** Node's timers: how long one may be. */

/** They count in 31 bits, which is some 24 days: a longer time, also `Infinity`, would be over at once. ms */
export const MAX_TIMER = 2 ** 31 - 1;

/** A time as a timer takes it: `Infinity` becomes the longest one that there is. */
export function toTimer(ms: number): number {
  return Math.min(ms, MAX_TIMER);
}
