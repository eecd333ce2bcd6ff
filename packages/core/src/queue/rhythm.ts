/** A rhythm: how often something runs. One check for schedules, and for everything else that lets people set one. */
import { z } from 'zod';
import { isTimeZone } from '../calendar.js';
import { MAX_DELAY } from '../engine/bounds.js';
import { readCron } from '../engine/recurrence.js';

/** ms */
const SHORTEST = 1_000;

/** No expression that means something is longer. Characters. */
const LONGEST_CRON = 1_000;

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

/** Time between two runs: ms, at most ten years. */
export function everyShape(shortest = SHORTEST) {
  return z
    .int()
    .min(shortest, `must be at least ${shortest.toLocaleString('en')} ms`)
    .max(MAX_DELAY, 'must be at most ten years, in ms');
}

/** An expression that has a time at which it would run: in any zone, as the days are the same in all of them. */
export const cronShape = z
  .string()
  .max(LONGEST_CRON)
  .superRefine((cron, context) => {
    // zod goes on after a text that is too long.
    const problem = cron.length > LONGEST_CRON ? undefined : cronProblem(cron);
    if (problem !== undefined) context.addIssue(problem);
  });

/** A zone that `Intl` knows by a name: the offset `+02:00` would be wrong in the other half of the year. */
export const timezoneShape = z
  .string()
  .refine(isTimeZone, 'is not a zone that there is; use an IANA name such as Europe/Berlin, not an offset');

/** What {@link rhythmShape} takes. */
export interface RhythmShapeOptions {
  /** Least time between two runs of `every`, ms. Default 1,000. */
  readonly shortest?: number;
}

/**
 * A zod shape of a rhythm that somebody sets: `{ every }` in ms, or `{ cron, timezone }`. What it takes, the scheduler
 * takes.
 *
 * @example
 * ```ts
 * const digest = z.object({ to: z.email(), rhythm: rhythmShape({ shortest: 3_600_000 }) });
 * const { rhythm } = digest.parse({ to: 'ann@example.com', rhythm: { cron: '0 8 * * 1', timezone: 'Europe/Berlin' } });
 * ```
 */
export function rhythmShape({ shortest = SHORTEST }: RhythmShapeOptions = {}) {
  return z.union([
    z.strictObject({ every: everyShape(shortest) }),
    z.strictObject({ cron: cronShape, timezone: timezoneShape }),
  ]);
}
