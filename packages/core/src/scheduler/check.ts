/** Looks whether each schedule has the next run that it should have, and mends what has none. */
import type { PlannedRun } from '../engine/contract.js';
import { toError } from '../errors.js';
import type { JobsEventEmitter } from '../events.js';
import type { Logger } from '../logger.js';
import { planProblem } from './bounds.js';
import { isAway, isolateFailures } from './isolate.js';
import { findLate, leavesOutSlot, type PlannedSchedule } from './late.js';
import { ALL, isDue, isPaused, readRecord, type ScheduleRecord, toStored, UNREADABLE } from './record.js';
import { groupBy, type SchedulerParts, type ScheduleWriter } from './writer.js';

/** What `jobs.scheduler.check()` answers. */
export interface CheckResult {
  /** Schedules of queues that this host knows. */
  readonly checked: number;
  /** Keys of those that had no next run, or a wrong one, and have one now. */
  readonly repaired: readonly string[];
  /**
   * Schedules that could not be looked at or repaired: their records cannot be read, they cannot be planned here (a zone
   * or an expression that this machine does not know), or the store refused them. The others were gone through.
   */
  readonly failed: number;
  /** Which, and why, of the first 100. */
  readonly problems: readonly ScheduleProblem[];
}

/** A schedule that a pass could not do its work on. */
export interface ScheduleProblem {
  readonly key: string;
  readonly message: string;
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

/** Repairs and problems that are logged one by one; of more, how many there are. */
const TOLD = 20;
const PROBLEMS_KEPT = 100;

export interface ScheduleCheckerOptions extends SchedulerParts {
  readonly writer: ScheduleWriter;
  readonly events: JobsEventEmitter;
  readonly logger: Logger;
}

/** A record and its print. */
interface Looked {
  readonly record: ScheduleRecord;
  readonly print: string | undefined;
}

/** A schedule to repair. */
export interface Damaged {
  readonly record: ScheduleRecord;
  readonly damage: Damage;
}

export class ScheduleChecker {
  readonly #options: ScheduleCheckerOptions;

  constructor(options: ScheduleCheckerOptions) {
    this.#options = options;
  }

  /** Checks all, and logs what is wrong. */
  async checkAll(): Promise<CheckResult> {
    const { engine } = this.#options;
    let checked = 0;
    const repaired: string[] = [];
    const problems: ScheduleProblem[] = [];
    let after: string | undefined;
    for (;;) {
      const keys = await engine.schedules.keys(ALL, after, PAGE);
      const [texts, prints] = await Promise.all([engine.schedules.records(keys), engine.schedules.prints(keys)]);
      const own: Looked[] = [];
      for (const [index, key] of keys.entries()) {
        const text = texts[index];
        if (text === undefined) continue;
        const record = readRecord(key, text);
        if (!record) problems.push({ key, message: UNREADABLE });
        else if (this.#options.queues.names.includes(record.definition.queue))
          own.push({ record, print: prints[index] });
      }
      checked += own.length;
      const page = await this.#checkPage(own);
      repaired.push(...page.repaired);
      problems.push(...page.problems);
      after = keys.at(-1);
      if (keys.length < PAGE) break;
    }
    this.#logProblems(problems);
    return { checked, repaired, failed: problems.length, problems: problems.slice(0, PROBLEMS_KEPT) };
  }

  /** Plans these anew, and says so. Answers those that can't be planned, and what is wrong with them. */
  async repair(damaged: readonly Damaged[]): Promise<ScheduleProblem[]> {
    const { writer, engine } = this.#options;
    const failures = await isolateFailures(damaged, async (some) => {
      await writer.replan(some.map(({ record }) => record));
      const open = some.filter(({ damage }) => damage === 'unsettled');
      if (open.length > 0) await engine.schedules.settle(open.map(({ record }) => toStored(record)));
    });
    const failed = new Set(failures.map(({ item }) => item));
    this.#tell(damaged.filter((one) => !failed.has(one)));
    return failures.map(({ item, error }) => toProblem(item.record, error));
  }

  async #checkPage(own: readonly Looked[]): Promise<{ repaired: string[]; problems: ScheduleProblem[] }> {
    const damaged: Damaged[] = [];
    const problems: ScheduleProblem[] = [];
    const groups = groupBy(own, ({ record }) => record.definition.queue);
    await Promise.all(
      [...groups].map(async ([name, group]) => {
        try {
          const looked = await this.#look(name, group);
          damaged.push(...looked.damaged);
          problems.push(...looked.problems);
        } catch (thrown) {
          const error = toError(thrown);
          if (isAway(error)) throw error;
          // The queue itself is broken: the schedules of the others are not.
          problems.push(...group.map(({ record }) => toProblem(record, error)));
        }
      }),
    );
    const unrepaired = await this.repair(damaged);
    const failed = new Set(unrepaired.map(({ key }) => key));
    const keys = damaged.map(({ record }) => record.definition.key);
    return { repaired: keys.filter((key) => !failed.has(key)), problems: [...problems, ...unrepaired] };
  }

  async #look(queue: string, group: readonly Looked[]): Promise<{ damaged: Damaged[]; problems: ScheduleProblem[] }> {
    const now = this.#options.now();
    const damaged: Damaged[] = [];
    const problems: ScheduleProblem[] = [];
    const doubtful: PlannedSchedule[] = [];
    const keys = group.map(({ record }) => record.definition.key);
    const found = await this.#options.engine.queue(queue).plannedRuns(keys);
    for (const [index, { record, print }] of group.entries()) {
      const problem = isPaused(record) ? undefined : planProblem(record.definition, now);
      if (problem) {
        problems.push({ key: record.definition.key, message: `${problem.path.join('.')} ${problem.message}` });
        continue;
      }
      const isOpen = print?.startsWith('~');
      if (isOpen && now - record.writtenAt < WRITING_LIMIT) continue;
      const planned = found[index];
      const damage = isOpen ? 'unsettled' : damageOf(record, planned, now);
      if (damage) damaged.push({ record, damage });
      else if (planned?.isLive && leavesOutSlot(record.definition, planned, now)) doubtful.push({ record, planned });
    }
    for (const record of await findLate(this.#options.engine, doubtful, now)) damaged.push({ record, damage: 'late' });
    return { damaged, problems };
  }

  #tell(repaired: readonly Damaged[]): void {
    const { events, logger } = this.#options;
    for (const { record, damage } of repaired) {
      const { key, queue } = record.definition;
      events.emit('schedule:repaired', { key, queue, damage });
    }
    for (const { record, damage } of repaired.slice(0, TOLD)) {
      const { key, queue } = record.definition;
      logger.warn({ schedule: key, queue }, `schedule repaired: ${REASONS[damage]}`);
    }
    if (repaired.length > TOLD) logger.warn(`${repaired.length - TOLD} more schedules repaired`);
  }

  #logProblems(problems: readonly ScheduleProblem[]): void {
    const { logger } = this.#options;
    for (const { key, message } of problems.slice(0, TOLD)) {
      logger.error({ schedule: key }, `schedule not checked: ${message}`);
    }
    if (problems.length > TOLD) logger.error(`${problems.length - TOLD} more schedules not checked`);
  }
}

function toProblem({ definition: { key } }: ScheduleRecord, { message }: Error): ScheduleProblem {
  return { key, message };
}

const REASONS: Readonly<Record<Damage, string>> = {
  missing: 'there was no plan of it in the store',
  broken: 'its next run was gone, and had planned none behind it',
  late: 'its next run would have come too late',
  unsettled: 'it was being written by a process that is gone',
};

/** Of one whose next run is alive, nothing: see `findLate`. */
function damageOf(record: ScheduleRecord, planned: PlannedRun | undefined, now: number): Damage | undefined {
  if (planned?.isLive || !isDue(record, now)) return undefined;
  return planned ? 'broken' : 'missing';
}
