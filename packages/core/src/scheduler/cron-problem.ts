/** What is wrong with a cron expression. */
import { parseCron } from '../engine/rhythm.js';

/**
 * For people; undefined for an expression of five fields, or six with seconds, that the scheduler takes.
 *
 * @param timezone IANA name of the zone that it is read in, which has to be one that there is
 * @example
 * ```ts
 * cronProblem('0 3 30 2 *'); // '"0 3 30 2 *" has no time at which it would run'
 * ```
 */
export function cronProblem(cron: string, timezone = 'UTC'): string | undefined {
  try {
    // 30 February: every field is in its range, and the day never comes.
    return parseCron(cron, timezone).nextRun() ? undefined : `"${cron}" has no time at which it would run`;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return `"${cron}" is not a cron expression of five or six fields: ${reason}`;
  }
}
