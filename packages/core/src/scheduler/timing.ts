/** When a schedule runs: from what it says to its rhythm, and the times that follow. */
import { nextSlot, type Rhythm } from '../engine/recurrence.js';
import { jitterOf } from './jitter.js';

/** What of a schedule its times depend on. */
export interface Timed {
  readonly key: string;
  readonly every?: number | undefined;
  readonly cron?: string | undefined;
  readonly timezone: string;
  readonly jitter: number;
  readonly startAt?: number | undefined;
  readonly endAt?: number | undefined;
}

export function toRhythm({ key, every, cron = '', timezone, jitter, startAt, endAt }: Timed): Rhythm {
  const place = jitterOf(key, jitter);
  // On the path of every run.
  const bounds = { ...(startAt === undefined ? {} : { startAt }), ...(endAt === undefined ? {} : { endAt }) };
  if (every === undefined) return { cron, timezone, shift: place, ...bounds };
  return { every, offset: ((startAt ?? 0) + place) % every, ...bounds };
}

/** The next `count` times after `after`, epoch ms; fewer when it ends. */
export function nextRuns(timed: Timed, after: number, count: number): number[] {
  const rhythm = toRhythm(timed);
  const runs: number[] = [];
  for (let at = nextSlot(rhythm, after); at !== undefined && runs.length < count; at = nextSlot(rhythm, at))
    runs.push(at);
  return runs;
}
