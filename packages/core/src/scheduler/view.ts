/** A schedule as the host sees it. */

import type { PlannedRun } from '../engine/contract.js';
import { loadCronstrue } from '../on-demand.js';
import type { ScheduleDefinition } from './definition.js';
import { isPaused, type ScheduleRecord } from './record.js';

/** A schedule: what is wanted, and when it runs next. Times are epoch ms. */
export interface ScheduleView extends ScheduleDefinition {
  /** Also by an operator, whatever its definition says. */
  readonly paused: boolean;
  /** The source that wants it; undefined when the host has written it by itself. */
  readonly source: string | undefined;
  /** The slot of its next run, which may be under way; undefined when it is paused or has ended. */
  readonly next: number | undefined;
  /** Its rhythm for people: `Every 2 hours`. */
  readonly description: string;
}

export function toView(record: ScheduleRecord, planned: PlannedRun | undefined): ScheduleView {
  const { definition, source } = record;
  const { endAt } = definition;
  const paused = isPaused(record);
  // BullMQ plans the run behind the last one as well, as long as the end has not come.
  const hasNext = planned?.isLive && !paused && (endAt === undefined || planned.at < endAt);
  return {
    ...definition,
    paused,
    source: source === '' ? undefined : source,
    next: hasNext ? planned.at : undefined,
    description: describeSchedule(definition),
  };
}

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
