/**
 * Writes schedules: their records, and with them the plans of their next runs.
 *
 * A record is written first and open, then its run is planned, then it is settled. Whoever dies on the way leaves an
 * open one, which the next look finds. Whoever finds that its record is another one by now has planned in vain, perhaps
 * after the other: it plans once more, by what is written. So the last record and the plan always fit in the end,
 * however many write at once (BullMQ issues 2876, 2988, 3262 and 3381 are about what happens otherwise).
 */
import type { Engine, PlannedRun, RunPlanner } from '../engine/contract.js';
import type { QueueRegistry } from '../queue/registry.js';
import { type Failure, isolateFailures } from './isolate.js';
import { isDue, readRecords, type ScheduleRecord, toPlan, toStored } from './record.js';
import { toRhythm } from './timing.js';

/** What the parts of the scheduler work with. */
export interface SchedulerParts {
  readonly engine: Engine;
  readonly queues: QueueRegistry;
  readonly now: () => number;
}

/** A record to write, and what there was. */
export interface Change {
  readonly record: ScheduleRecord;
  readonly before: ScheduleRecord | undefined;
  /** What is planned in the record's queue. */
  readonly planned: PlannedRun | undefined;
}

export class ScheduleWriter {
  readonly #parts: SchedulerParts;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  /**
   * Writes many, each key once. What can't be planned leaves nothing behind, and keeps none of the others out.
   *
   * @throws {EngineUnavailableError} then some may be written, and open
   */
  async write(changes: readonly Change[]): Promise<Failure<Change>[]> {
    const failures = await isolateFailures(changes, (some) => this.#writeAll(some));
    for (const { item } of failures) await this.undo(item);
    return failures;
  }

  /** Takes a change back, unless somebody else has changed it again. */
  async undo({ record, before }: Change): Promise<void> {
    const { schedules } = this.#parts.engine;
    const { key } = record.definition;
    const { print } = toStored(record);
    const [found] = await schedules.prints([key]);
    if (found !== print && found !== `~${print}`) return;
    if (!before) return this.remove([record]);
    await this.#eachQueue([record], (queue) => queue.unplanRuns([key]));
    await schedules.put([toStored(before)]);
    // Where that fails as well, the next check finds that there is no plan, and reports what is wrong.
    await isolateFailures([before], (records) => this.replan(records));
    await schedules.settle([toStored(before)]);
  }

  /** Plans by the records that there are, whatever is planned now. */
  async replan(records: readonly ScheduleRecord[]): Promise<void> {
    const now = this.#parts.now();
    await this.#eachQueue(records, (queue, own) =>
      Promise.all([
        queue.planRuns(own.filter((record) => isDue(record, now)).map((record) => this.#toPlan(record))),
        queue.unplanRuns(own.filter((record) => !isDue(record, now)).map(({ definition }) => definition.key)),
      ]),
    );
  }

  /** Ends what is known of these keys by their names alone, as their records can't be read. */
  async removeUnreadable(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const { engine, queues } = this.#parts;
    await Promise.all(queues.names.map((name) => engine.queue(name).unplanRuns(keys)));
    await engine.schedules.remove(keys);
  }

  async remove(records: readonly ScheduleRecord[]): Promise<void> {
    if (records.length === 0) return;
    const keysOf = (some: readonly ScheduleRecord[]) => some.map(({ definition }) => definition.key);
    await this.#eachQueue(records, (queue, own) => queue.unplanRuns(keysOf(own)));
    await this.#parts.engine.schedules.remove(keysOf(records));
  }

  async #writeAll(changes: readonly Change[]): Promise<void> {
    const { schedules } = this.#parts.engine;
    const stored = changes.map(({ record }) => toStored(record));
    await schedules.put(stored);
    await this.#plan(changes);
    const settled = await schedules.settle(stored);
    const lost = changes.filter((_, index) => !settled[index]);
    if (lost.length > 0) await this.#follow(lost.map(({ record }) => record.definition));
  }

  async #plan(changes: readonly Change[]): Promise<void> {
    const now = this.#parts.now();
    await this.#unplanMoved(changes);
    const refreshed: ScheduleRecord[] = [];
    const replanned: ScheduleRecord[] = [];
    const slots = new Map<string, number>();
    for (const { record, before, planned } of changes) {
      if (before && planned?.isLive && isDue(record, now) && hasSameRhythm(before, record)) {
        slots.set(record.definition.key, planned.at);
        refreshed.push(record);
      } else replanned.push(record);
    }
    await this.#eachQueue(refreshed, async (queue, own) => {
      const plans = own.map((record) => ({ ...this.#toPlan(record), at: slots.get(record.definition.key) ?? 0 }));
      const found = await queue.refreshRuns(plans);
      // Its run was taken meanwhile, and the next one has another slot.
      await queue.planRuns(plans.filter((_, index) => !found[index]));
    });
    await this.replan(replanned);
  }

  async #unplanMoved(changes: readonly Change[]): Promise<void> {
    const moved = changes.flatMap(({ record, before }) =>
      before && before.definition.queue !== record.definition.queue ? [before] : [],
    );
    await this.#eachQueue(moved, (queue, own) => queue.unplanRuns(own.map(({ definition }) => definition.key)));
  }

  /** Somebody else has written these after us. */
  async #follow(lost: readonly { readonly key: string; readonly queue: string }[]): Promise<void> {
    const keys = lost.map(({ key }) => key);
    const records = readRecords(keys, await this.#parts.engine.schedules.records(keys));
    const queues = new Map(records.map(({ definition }) => [definition.key, definition.queue]));
    const gone = lost.filter(({ key, queue }) => queues.get(key) !== queue);
    for (const { key, queue } of gone) await this.#parts.engine.queue(queue).unplanRuns([key]);
    await this.replan(records);
  }

  #toPlan(record: ScheduleRecord) {
    return toPlan(this.#parts.queues.get(record.definition.queue), record);
  }

  /** Records of a queue that this host does not know are left alone. */
  async #eachQueue(
    records: readonly ScheduleRecord[],
    work: (queue: RunPlanner, records: readonly ScheduleRecord[]) => Promise<unknown>,
  ): Promise<void> {
    const { engine, queues } = this.#parts;
    const known = new Set(queues.names);
    const grouped = groupBy(records, ({ definition }) => definition.queue);
    await Promise.all(
      [...grouped].filter(([name]) => known.has(name)).map(([name, own]) => work(engine.queue(name), own)),
    );
  }
}

export function groupBy<T>(items: readonly T[], toName: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = toName(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

function hasSameRhythm(before: ScheduleRecord, after: ScheduleRecord): boolean {
  return (
    before.definition.queue === after.definition.queue &&
    JSON.stringify(toRhythm(before.definition)) === JSON.stringify(toRhythm(after.definition))
  );
}
