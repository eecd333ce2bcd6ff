/** Finds schedules whose next run comes later than it should. */
import { type Engine, type PlannedRun, runId } from '../engine/contract.js';
import { nextSlot } from '../engine/recurrence.js';
import type { ScheduleRecord } from './record.js';
import { type Timed, toRhythm } from './timing.js';
import { groupBy } from './writer.js';

/** Nothing is planned in a slot that is so near. ms */
const GRACE = 2_000;

/** A schedule with its next run. */
export interface PlannedSchedule {
  readonly record: ScheduleRecord;
  readonly planned: PlannedRun;
}

/**
 * Whether there is a slot before the one that is planned. On PostgreSQL BullMQ leaves out a slot of `every` after a run
 * that came late. {@link findLate} tells whether the slot is free.
 */
export function leavesOutSlot(timed: Timed, planned: PlannedRun, now: number): boolean {
  return timed.every !== undefined && slotBefore(timed, planned, now + GRACE) !== undefined;
}

/**
 * Those that leave out a slot which is free. A slot that has its job already is taken: that run was promoted by hand, and
 * the next one is behind it, as it should be. To plan it once more would take the next run away, for a moment, from those
 * who look for it or promote it.
 */
export async function findLate(
  engine: Engine,
  schedules: readonly PlannedSchedule[],
  now: number,
): Promise<Set<ScheduleRecord>> {
  const late = new Set<ScheduleRecord>();
  const findIn = async (queue: string, group: readonly PlannedSchedule[]): Promise<void> => {
    let open = withSlots(group, () => now + GRACE);
    while (open.length > 0) {
      const ids = open.map(({ record, slot }) => runId(record.definition.key, slot));
      const jobs = await engine.queue(queue).getMany(ids);
      for (const [index, { record }] of open.entries()) if (!jobs[index]) late.add(record);
      open = withSlots(
        open.filter((_, index) => jobs[index]),
        ({ slot }) => slot,
      );
    }
  };
  const groups = groupBy(schedules, ({ record }) => record.definition.queue);
  await Promise.all([...groups].map(([queue, group]) => findIn(queue, group)));
  return late;
}

/** Each with its first slot after a time; without those that have none before the one that is planned. */
function withSlots<One extends PlannedSchedule>(
  schedules: readonly One[],
  after: (one: One) => number,
): (PlannedSchedule & { readonly slot: number })[] {
  return schedules.flatMap((one) => {
    const { record, planned } = one;
    const slot = slotBefore(record.definition, planned, after(one));
    return slot === undefined ? [] : [{ record, planned, slot }];
  });
}

function slotBefore(timed: Timed, planned: PlannedRun, after: number): number | undefined {
  const slot = nextSlot(toRhythm(timed), after);
  return slot !== undefined && slot < planned.at ? slot : undefined;
}
