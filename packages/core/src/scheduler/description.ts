/** A schedule's rhythm as a sentence for people. */
import { loadCronstrue } from '../on-demand.js';
import type { ScheduleDefinition } from './definition.js';

const UNITS = [
  ['week', 7 * 24 * 3_600_000],
  ['day', 24 * 3_600_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `Every 2 hours`, or `At 03:00, only on Sunday (Europe/Berlin)`. */
export function describeSchedule({ every, cron = '', timezone }: ScheduleDefinition): string {
  if (every !== undefined) return describeInterval(every);
  return `${describeCron(cron)} (${timezone})`;
}

function describeInterval(every: number): string {
  const [name, length] = UNITS.find(([, unit]) => every % unit === 0) ?? ['millisecond', 1];
  const count = every / length;
  return count === 1 ? `Every ${name}` : `Every ${count.toLocaleString('en')} ${name}s`;
}

function describeCron(cron: string): string {
  try {
    return loadCronstrue().toString(cron, { use24HourTimeFormat: true, verbose: false });
  } catch {
    // croner knows a few signs that cronstrue does not.
    return cron;
  }
}
