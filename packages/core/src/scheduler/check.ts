/** Looks whether each schedule has the next run that it should have, and mends what has none. */
import type { PlannedRun } from '../engine/engine.js';
import { nextSlot } from '../engine/rhythm.js';
import type { JobsEventEmitter } from '../events.js';
import type { Logger } from '../logger.js';
import { ALL, isDue, readRecord, type ScheduleRecord, toStored } from './record.js';
import { type Timed, toRhythm } from './timing.js';
import { groupBy, type SchedulerParts, type ScheduleWriter } from './writer.js';

/** What `jobs.scheduler.check()` answers. */
export interface CheckResult {
  /** Schedules of queues that this host knows. */
  readonly checked: number;
  /** Keys of those that had no next run, or a wrong one, and have one now. */
  readonly repaired: readonly string[];
}

/** Why a schedule had to be repaired. */
export type Damage =
  /** There was no plan of it in the store. */
  | 'missing'
  /** Its next run has ended, or was removed, before it had planned the one behind it. */
  | 'broken'
  /** Its next run comes later than it should. */
  | 'late'
  /** It was being written by a process that is gone. */
  | 'unsettled';

/** Records looked at in one round trip. */
const PAGE = 1_000;

/** Whoever writes a record has settled it by then, or has died over it. ms */
const WRITING_LIMIT = 10_000;

/** Repairs that are told one by one; of more, how many there are. */
const TOLD = 20;

export interface ScheduleCheckerOptions extends SchedulerParts {
  readonly writer: ScheduleWriter;
  readonly events: JobsEventEmitter;
  readonly logger: Logger;
}

export class ScheduleChecker {
  readonly #options: ScheduleCheckerOptions;

  constructor(options: ScheduleCheckerOptions) {
    this.#options = options;
  }

  /** Checks all. */
  async checkAll(): Promise<CheckResult> {
    const { engine } = this.#options;
    let checked = 0;
    const repaired: string[] = [];
    let after: string | undefined;
    for (;;) {
      const keys = await engine.schedules.keys(ALL, after, PAGE);
      const [texts, prints] = await Promise.all([engine.schedules.records(keys), engine.schedules.prints(keys)]);
      const records = texts.flatMap((text, index) =>
        text === undefined ? [] : [{ record: readRecord(text), print: prints[index] }],
      );
      const own = records.filter(({ record }) => this.#options.queues.names.includes(record.definition.queue));
      checked += own.length;
      repaired.push(...(await this.#checkPage(own)));
      after = keys.at(-1);
      if (keys.length < PAGE) return { checked, repaired };
    }
  }

  /** Plans these anew, and says so. */
  async repair(damaged: readonly { readonly record: ScheduleRecord; readonly damage: Damage }[]): Promise<void> {
    if (damaged.length === 0) return;
    const { writer, events, logger, engine } = this.#options;
    await writer.replan(damaged.map(({ record }) => record));
    const open = damaged.filter(({ damage }) => damage === 'unsettled');
    if (open.length > 0) await engine.schedules.settle(open.map(({ record }) => toStored(record)));
    for (const { record, damage } of damaged) {
      const { key, queue } = record.definition;
      events.emit('schedule:repaired', { key, queue, damage });
    }
    for (const { record, damage } of damaged.slice(0, TOLD)) {
      const { key, queue } = record.definition;
      logger.warn({ schedule: key, queue }, `schedule repaired: ${REASONS[damage]}`);
    }
    if (damaged.length > TOLD) logger.warn(`${damaged.length - TOLD} more schedules repaired`);
  }

  async #checkPage(own: readonly { record: ScheduleRecord; print: string | undefined }[]): Promise<string[]> {
    const { engine, now } = this.#options;
    const damaged: { record: ScheduleRecord; damage: Damage }[] = [];
    const groups = groupBy(own, ({ record }) => record.definition.queue);
    await Promise.all(
      [...groups].map(async ([name, group]) => {
        const planned = await engine.queue(name).plannedRuns(group.map(({ record }) => record.definition.key));
        for (const [index, { record, print }] of group.entries()) {
          const isOpen = print?.startsWith('~');
          if (isOpen && now() - record.writtenAt < WRITING_LIMIT) continue;
          const damage = isOpen ? 'unsettled' : damageOf(record, planned[index], now());
          if (damage) damaged.push({ record, damage });
        }
      }),
    );
    await this.repair(damaged);
    return damaged.map(({ record }) => record.definition.key);
  }
}

const REASONS: Readonly<Record<Damage, string>> = {
  missing: 'there was no plan of it in the store',
  broken: 'its next run was gone, and had planned none behind it',
  late: 'its next run would have come too late',
  unsettled: 'it was being written by a process that is gone',
};

function damageOf(record: ScheduleRecord, planned: PlannedRun | undefined, now: number): Damage | undefined {
  if (planned?.isLive) return isLate(record.definition, planned, now) ? 'late' : undefined;
  if (!isDue(record, now)) return undefined;
  return planned ? 'broken' : 'missing';
}

/**
 * Behind more than the next slot. On PostgreSQL BullMQ leaves out a slot of `every` after a run that came late. A second
 * of grace, as nothing is planned so near.
 */
export function isLate(timed: Timed, planned: PlannedRun, now: number): boolean {
  if (timed.every === undefined) return false;
  const next = nextSlot(toRhythm(timed), now + 2_000);
  return next !== undefined && planned.at > next;
}
