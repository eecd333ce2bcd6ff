/** Pages that go in a circle. */
import { PlatformResponseError } from '../errors.js';

/**
 * Gives a function that is told where each next page is, and throws when that goes in a circle. It keeps one place and
 * compares (Brent's cycle detection), so that a read of a million pages needs no more memory than one of two; a circle of
 * n pages is seen within 3n.
 *
 * @param what for the message: `Stripe's charges`
 * @example
 * ```ts
 * const next = loopGuard('Stripe’s charges');
 * next(page.after); // throws PlatformResponseError the second time round
 * ```
 */
export function loopGuard(what: string): (place: string) => void {
  let kept: string | undefined;
  let steps = 0;
  let limit = 1;
  return (place) => {
    if (place === kept) throw new PlatformResponseError(`${what}: its pages go in a circle`);
    if (++steps < limit) return;
    [kept, steps, limit] = [place, 0, limit * 2];
  };
}
