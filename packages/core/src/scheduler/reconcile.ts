/** Brings what is planned in line with what a source wants, in batches, so that 100,000 take no more memory than 1,000. */
import { defined } from '../defined.js';
import type { PlannedRun } from '../engine/contract.js';
import { ScheduleError, toError } from '../errors.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { Schedules } from '../queue/schedule.js';
import { planProblem } from './bounds.js';
import type { Damage, Damaged, ScheduleChecker, ScheduleProblem } from './check.js';
import { checkSchedule, scheduleKey } from './definition.js';
import { fingerprintOf } from './fingerprint.js';
import { KeySet } from './key-set.js';
import { findLate, leavesOutSlot } from './late.js';
import { isDue, printOf, readRecord, readRecords, type ScheduleRecord, sourceIndex } from './record.js';
import { type Change, groupBy, type SchedulerParts, type ScheduleWriter } from './writer.js';

/** Who wants schedules, and which. */
export interface ScheduleSource<One> {
  /** Tells its schedules from those of others. Keep it: under another name all are others. */
  readonly name: string;
  /** `schedules` gives some of them: the others stay as they are. Default: false, those that it does not give are removed. */
  readonly isPart?: boolean;
  /** All of them, each time anew. May read them from a database as it goes; when it throws, nothing is removed. */
  schedules(): Schedules<One> | Promise<Schedules<One>>;
}

/** What `reconcile` answers. Each wanted schedule is counted once. */
export interface ReconcileResult {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly untouched: number;
  /** Unchanged, but had no next run, or a wrong one; has one now. */
  readonly repaired: number;
  /** Cannot be, or belong to somebody else. Nothing was done to them. */
  readonly refused: number;
  /** Why, of the first 100. */
  readonly problems: readonly ScheduleProblem[];
}

const BATCH = 500;
/** Batches in the hands of the store at once. */
const UNDER_WAY = 4;
const PROBLEMS_KEPT = 100;

/** A wanted schedule that could be understood so far. */
interface Wanted {
  readonly key: string;
  readonly queue: AnyQueueDefinition;
  readonly input: object;
  readonly fingerprint: string;
}

/** What the store says of it. */
interface Seen {
  readonly wanted: Wanted;
  readonly print: string | undefined;
  readonly planned: PlannedRun | undefined;
}

/** What seems to be wrong with a schedule, and its next run. */
interface Suspected {
  readonly damage: Damage;
  readonly planned: PlannedRun | undefined;
}

export interface ReconcileOptions extends SchedulerParts {
  readonly writer: ScheduleWriter;
  readonly checker: ScheduleChecker;
}

/** One pass over one source. */
export class Reconciliation {
  readonly #options: ReconcileOptions;
  readonly #source: string;
  readonly #isPart: boolean;
  readonly #byName: ReadonlyMap<string, AnyQueueDefinition>;
  readonly #counts = { added: 0, changed: 0, removed: 0, untouched: 0, repaired: 0, refused: 0 };
  readonly #problems: ScheduleProblem[] = [];
  /** What the store has of this source and the source still wants. */
  readonly #stored = new KeySet();
  /** What the source has named and cannot be: it is not removed for that. */
  readonly #refused = new KeySet();

  constructor(options: ReconcileOptions, { name, isPart = false }: Pick<ScheduleSource<never>, 'name' | 'isPart'>) {
    this.#options = options;
    this.#source = name;
    this.#isPart = isPart;
    this.#byName = new Map(options.queues.all.map((queue) => [queue.name, queue]));
  }

  async run(schedules: Schedules<unknown>): Promise<ReconcileResult> {
    // While the store works on some batches, the next one is read and looked at.
    const underWay: Promise<void>[] = [];
    const handle = async (batch: readonly unknown[]) => {
      if (underWay.length >= UNDER_WAY) await underWay.shift();
      const working = this.#look(batch).then((seen) => this.#apply(seen));
      // Its error is thrown when it is its turn to be waited for.
      working.catch(() => undefined);
      underWay.push(working);
    };
    try {
      let batch: unknown[] = [];
      for await (const schedule of schedules) {
        batch.push(schedule);
        if (batch.length < BATCH) continue;
        await handle(batch);
        batch = [];
      }
      await handle(batch);
      await Promise.all(underWay);
    } finally {
      // Of a source that has failed nothing is written any more when the caller hears of it.
      await Promise.allSettled(underWay);
    }
    if (!this.#isPart) await this.#removeOthers();
    return { ...this.#counts, problems: this.#problems };
  }

  async #look(batch: readonly unknown[]): Promise<Seen[]> {
    const wanted = this.#understand(batch);
    const { engine } = this.#options;
    const groups = groupBy(wanted, ({ queue }) => queue.name);
    const [prints, ...planned] = await Promise.all([
      engine.schedules.prints(wanted.map(({ key }) => key)),
      ...[...groups].map(([name, group]) => engine.queue(name).plannedRuns(group.map(({ key }) => key))),
    ]);
    const plannedByKey = new Map<string, PlannedRun | undefined>();
    for (const [nth, group] of [...groups.values()].entries())
      for (const [index, { key }] of group.entries()) plannedByKey.set(key, planned[nth]?.[index]);
    return wanted.map((one, index) => ({ wanted: one, print: prints[index], planned: plannedByKey.get(one.key) }));
  }

  /** Of two with one key in a batch the later one counts. */
  #understand(batch: readonly unknown[]): Wanted[] {
    const understood = new Map<string, Wanted>();
    for (const input of batch) {
      if (typeof input !== 'object' || input === null) {
        this.#refuse('?', 'is no schedule');
        continue;
      }
      const key = readKey(input);
      // Asked before the store is: a key that it can't hold would keep out all those beside it.
      const { error: wrongKey } = scheduleKey.safeParse(key);
      if (key === undefined || wrongKey) {
        this.#refuse(key ?? '?', key === undefined ? 'has no key' : `its key ${wrongKey?.issues[0]?.message}`);
        continue;
      }
      try {
        const reference = readQueue(input);
        const queue = this.#byName.get(reference);
        if (queue) understood.set(key, { key, queue, input, fingerprint: fingerprintOf(input, queue, this.#source) });
        else this.#refuse(key, `its queue "${reference}" is not registered`);
      } catch (error) {
        this.#refuse(key, `its data can't be stored: ${toError(error).message}`);
      }
    }
    return [...understood.values()];
  }

  async #apply(seen: readonly Seen[]): Promise<void> {
    const now = this.#options.now();
    const damaged = new Map<string, Suspected>();
    const differing: Seen[] = [];
    for (const one of seen) {
      const { wanted, print, planned } = one;
      const operator = operatorOf(print, wanted.fingerprint);
      if (operator === 'other') {
        differing.push(one);
        continue;
      }
      this.#stored.add(wanted.key);
      const isPaused = operator === undefined ? Reflect.get(wanted.input, 'paused') === true : operator === 'paused';
      const damage = isPaused ? undefined : this.#damageOf(wanted, planned, now);
      if (damage) damaged.set(wanted.key, { damage, planned });
      else this.#counts.untouched += 1;
    }
    if (damaged.size > 0) await this.#repair(damaged, now);
    if (differing.length > 0) await this.#write(differing);
  }

  #damageOf({ key, input }: Wanted, planned: PlannedRun | undefined, now: number): Damage | undefined {
    if (!planned) return 'missing';
    if (!planned.isLive) return 'broken';
    const every: unknown = Reflect.get(input, 'every');
    // Less than two slots away: it is the next one. Only what is further is looked at longer.
    if (typeof every !== 'number' || planned.at <= now + every) return undefined;
    if (Reflect.get(input, 'startAt') !== undefined) return undefined;
    const jitter: unknown = Reflect.get(input, 'jitter');
    const timed = { key, every, timezone: 'UTC', jitter: typeof jitter === 'number' ? jitter : 0 };
    return leavesOutSlot(timed, planned, now) ? 'late' : undefined;
  }

  async #repair(damaged: ReadonlyMap<string, Suspected>, now: number): Promise<void> {
    const { engine, checker } = this.#options;
    const keys = [...damaged.keys()];
    const records = readRecords(keys, await engine.schedules.records(keys));
    const suspected = records.map((record) => ({ record, ...damaged.get(record.definition.key) }));
    const doubtful = suspected.flatMap(({ record, damage, planned }) =>
      damage === 'late' && planned ? [{ record, planned }] : [],
    );
    const late = await findLate(engine, doubtful, now);
    const repairs: Damaged[] = [];
    for (const { record, damage = 'missing' } of suspected) {
      const problem = planProblem(record.definition, now);
      if (problem) this.#refuse(record.definition.key, `${problem.path.join('.')} ${problem.message}`);
      // One that has ended is not to have one.
      else if (isDue(record, now) && (damage !== 'late' || late.has(record))) repairs.push({ record, damage });
      else this.#counts.untouched += 1;
    }
    const problems = await checker.repair(repairs);
    for (const { key, message } of problems) this.#refuse(key, message);
    this.#counts.repaired += repairs.length - problems.length;
  }

  async #write(differing: readonly Seen[]): Promise<void> {
    const { engine, writer } = this.#options;
    const texts = await engine.schedules.records(differing.map(({ wanted }) => wanted.key));
    const changes: Change[] = [];
    for (const [index, { wanted, planned }] of differing.entries()) {
      const text = texts[index];
      const before = text === undefined ? undefined : readRecord(wanted.key, text);
      if (before && before.source !== this.#source) {
        this.#refuse(wanted.key, `belongs to ${describeSource(before.source)}`);
        continue;
      }
      try {
        const definition = await checkSchedule(wanted.input, this.#options);
        const operator = before?.operator;
        const record: ScheduleRecord = {
          definition,
          source: this.#source,
          fingerprint: wanted.fingerprint,
          writtenAt: this.#options.now(),
          ...defined({ operator }),
        };
        changes.push({ record, before, planned });
      } catch (error) {
        if (!(error instanceof ScheduleError)) throw error;
        this.#refuse(wanted.key, error.message);
      }
    }
    const failures = await writer.write(changes);
    const failed = new Set(failures.map(({ item }) => item));
    for (const { item, error } of failures) this.#refuse(item.record.definition.key, error.message);
    for (const change of changes) {
      if (failed.has(change)) continue;
      this.#counts[change.before ? 'changed' : 'added'] += 1;
      this.#stored.add(change.record.definition.key);
    }
  }

  /** The source has come to its end: what it no longer wants goes. */
  async #removeOthers(): Promise<void> {
    const { engine, writer } = this.#options;
    const index = sourceIndex(this.#source);
    if ((await engine.schedules.count(index)) <= this.#stored.size) return;
    let after: string | undefined;
    for (;;) {
      const keys = await engine.schedules.keys(index, after, BATCH);
      const gone = keys.filter((key) => !this.#stored.has(key) && !this.#refused.has(key));
      const records = readRecords(gone, await engine.schedules.records(gone));
      await writer.remove(records);
      const readable = new Set(records.map(({ definition }) => definition.key));
      await writer.removeUnreadable(gone.filter((key) => !readable.has(key)));
      this.#counts.removed += gone.length;
      after = keys.at(-1);
      if (keys.length < BATCH) return;
    }
  }

  #refuse(key: string, message: string): void {
    this.#counts.refused += 1;
    this.#refused.add(key);
    if (this.#problems.length < PROBLEMS_KEPT) this.#problems.push({ key, message });
  }
}

export function describeSource(source: string): string {
  return source === '' ? 'the host, which has written it by itself' : `the source "${source}"`;
}

/** What an operator has said, by a print that is settled and of this fingerprint; else it differs. */
function operatorOf(print: string | undefined, fingerprint: string): ScheduleRecord['operator'] | 'other' {
  if (print === fingerprint) return undefined;
  if (print === printOf(fingerprint, 'paused')) return 'paused';
  return print === printOf(fingerprint, 'resumed') ? 'resumed' : 'other';
}

function readKey(input: object): string | undefined {
  const key: unknown = Reflect.get(input, 'key');
  return typeof key === 'string' && key !== '' ? key : undefined;
}

function readQueue(input: object): string {
  const queue: unknown = Reflect.get(input, 'queue');
  return String(typeof queue === 'object' && queue !== null ? Reflect.get(queue, 'name') : queue);
}
