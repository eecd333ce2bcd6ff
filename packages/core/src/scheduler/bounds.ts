/**
 * Which times a schedule may name.
 *
 * | time | bound | why |
 * | --- | --- | --- |
 * | `startAt`, `endAt` | 1970 to 9999 | `Date` and ISO 8601 texts of four digits agree there, and every store holds it |
 * | the next run | at most ten years ahead | as the `delay` of a job: BullMQ keeps the time of a delayed job in 41 bits |
 */
import { MAX_DELAY } from '../engine/bounds.js';
import { nextSlot } from '../engine/recurrence.js';
import type { Issue } from '../errors.js';
import { type Timed, toRhythm } from './timing.js';

const TOO_FAR = 'puts the first run more than ten years ahead';

/**
 * Why a schedule has no next run that could be planned, with the field; undefined when it has one, or has ended. Records
 * are asked as well: one of another release, or of a machine that knows other zones, may be beyond what can be here.
 */
export function planProblem(timed: Timed, now: number): Issue | undefined {
  const { startAt, endAt } = timed;
  const latest = now + MAX_DELAY;
  const field = timed.cron === undefined ? 'every' : 'cron';
  if (startAt !== undefined && startAt > latest) return { path: ['startAt'], message: TOO_FAR };
  try {
    const next = nextSlot(toRhythm(timed), now);
    if (next === undefined)
      return endAt === undefined ? { path: [field], message: 'has no run that could be planned' } : undefined;
    // Written this way round for NaN, which is what comes of a time that is none.
    return next <= latest ? undefined : { path: [startAt === undefined ? field : 'startAt'], message: TOO_FAR };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { path: [field], message: `has no run that could be planned: ${reason}` };
  }
}
