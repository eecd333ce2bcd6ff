/** How often somebody may try to sign in: a password can't be guessed, and a known person is never locked out for long. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const TRIES = 10;

/** s */
const WITHIN = 15 * 60;

/** In memory: an app of several processes takes the limiter of this package that counts in Redis or PostgreSQL. */
const tries = new RateLimiterMemory({ points: TRIES, duration: WITHIN });

/**
 * Counts a try, before the password is looked at: tries at the same moment count each. An address that nobody has is counted
 * like any other.
 *
 * @returns 0, or how long to wait: ms
 */
export async function countTry(email: string): Promise<number> {
  try {
    await tries.consume(email);
    return 0;
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return refused.msBeforeNext;
    throw refused;
  }
}

/** After a right password. */
export async function forgetTries(email: string): Promise<void> {
  await tries.delete(email);
}
