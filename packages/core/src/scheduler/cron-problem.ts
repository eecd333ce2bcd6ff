/** What is wrong with a cron expression. */
import { isTimeZone } from '../calendar.js';
import { readCron } from '../engine/recurrence.js';

/**
 * For people; undefined for an expression of five fields, or six with seconds, that the scheduler takes.
 *
 * @param timezone IANA name of the zone that it is read in
 * @example
 * ```ts
 * cronProblem('0 3 30 2 *'); // '"0 3 30 2 *" has no time at which it would run'
 * ```
 */
export function cronProblem(cron: string, timezone = 'UTC'): string | undefined {
  if (!isTimeZone(timezone)) return `"${timezone}" is not a time zone such as Europe/Berlin`;
  try {
    // 30 February: every field is in its range, and the day never comes.
    const next = readCron(cron, timezone)(Date.now());
    return next === undefined ? `"${cron}" has no time at which it would run` : undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return `"${cron}" is not a cron expression of five or six fields: ${reason}`;
  }
}
