/** `jobs.scheduler`: recurring work as data. */
import { z } from 'zod';
import { cursorCodec } from '../coordination/cursor.js';
import { defined } from '../defined.js';
import type { PlannedRun } from '../engine/contract.js';
import { JobDataError, ScheduleError, ScheduleNotFoundError } from '../errors.js';
import type { JobsEventEmitter } from '../events.js';
import type { Logger } from '../logger.js';
import { isWellFormed } from '../names.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { AddedJob } from '../queue/handle.js';
import type { Schedule, ScheduleOf } from '../queue/schedule.js';
import { planProblem } from './bounds.js';
import { type CheckResult, ScheduleChecker } from './check.js';
import { checkSchedule, isName, refuseSchedule, type ScheduleDefinition } from './definition.js';
import { fingerprintOf } from './fingerprint.js';
import { describeSource, type ReconcileResult, Reconciliation, type ScheduleSource } from './reconcile.js';
import {
  ALL,
  isPaused,
  queueIndex,
  readRecord,
  readRecords,
  type ScheduleRecord,
  tagIndex,
  tenantIndex,
  toPlan,
  UNREADABLE,
} from './record.js';
import { RunGuard } from './run-guard.js';
import { nextRuns } from './timing.js';
import { type ScheduleView, toView } from './view.js';
import { type Change, groupBy, type SchedulerParts, ScheduleWriter } from './writer.js';

/** What a list is asked for. All that are given must fit. */
export interface ScheduleQuery {
  readonly queue?: string | AnyQueueDefinition;
  readonly tag?: string;
  readonly tenant?: string;
  readonly cursor?: string;
  /** 1 to 1,000, by default 100. */
  readonly limit?: number;
}

/** A page of schedules in the order of their keys; `cursor` asks for the next one and is absent on the last. */
export interface SchedulePage {
  readonly schedules: ScheduleView[];
  readonly cursor?: string;
}

/** Throws where a schedule is not to be written. */
export type ScheduleCheck = (wanted: ScheduleDefinition, existing: ScheduleDefinition | undefined) => void;

export interface SchedulerOptions extends SchedulerParts {
  readonly events: JobsEventEmitter;
  readonly logger: Logger;
  readonly newId: () => string;
}

const PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1_000;
/** Characters of the name of a source. */
const MAX_SOURCE = 128;
/** `nextRuns` answers no more. */
const MAX_RUNS = 1_000;

/**
 * The schedules of a host, kept in the store: every process sees the same ones, and any worker runs them.
 *
 * Each slot of a schedule is a job of its queue, as `add` would make it. The slots depend on the schedule alone, so that
 * restarts and further processes neither double nor move a run.
 *
 * Every method rejects with `EngineUnavailableError` within a few seconds when the store can't be reached.
 *
 * @example
 * ```ts
 * await jobs.scheduler.upsert({
 *   key: `report:${user.id}`,
 *   queue: reportQueue,
 *   data: { userId: user.id },
 *   cron: '0 8 * * 1',
 *   timezone: user.timezone,
 * });
 * ```
 */
export class Scheduler<Queues extends readonly AnyQueueDefinition[] = readonly AnyQueueDefinition[]> {
  readonly #options: SchedulerOptions;
  readonly #writer: ScheduleWriter;
  readonly #checker: ScheduleChecker;
  /** For workers. */
  readonly guard: RunGuard;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#writer = new ScheduleWriter(options);
    this.#checker = new ScheduleChecker({ ...options, writer: this.#writer });
    this.guard = new RunGuard({ ...options, replan: (record) => this.#writer.replan([record]) });
  }

  /**
   * Writes a schedule, new or changed. Where only its data or options change, its next run stays where it is. What an
   * operator has paused stays paused, unless `paused` is given.
   *
   * @throws {ScheduleError} with every problem and its field, or when the key belongs to a source; nothing was written
   */
  upsert<Q extends Queues[number]>(schedule: Schedule<Q, Q>): Promise<void>;
  upsert<Name extends Queues[number]['name']>(
    schedule: Schedule<Extract<Queues[number], { readonly name: Name }>, Name>,
  ): Promise<void>;
  upsert(schedule: Schedule): Promise<void> {
    return this.#upsert([schedule]);
  }

  /**
   * Writes a schedule that came from outside.
   *
   * @param input checked as a whole
   * @param check given the schedule as it would be kept, and the one that there is; nothing is written when it throws
   * @throws {ScheduleError} as `upsert`
   */
  upsertChecked(input: object, check: ScheduleCheck): Promise<void> {
    return this.#upsert([input], check);
  }

  /**
   * Writes many. All are checked first, so that one that cannot be keeps all of them out.
   *
   * @throws {ScheduleError} of the first one that cannot be; nothing was written
   */
  upsertMany(schedules: readonly ScheduleOf<Queues[number]>[]): Promise<void> {
    return this.#upsert(schedules);
  }

  /**
   * A schedule, or undefined when there is none.
   *
   * @throws {ScheduleError} when its record cannot be read: another release, or somebody's hand, has written it
   */
  async get(key: string): Promise<ScheduleView | undefined> {
    const record = await this.#find(key);
    return record && (await this.#views([record]))[0];
  }

  /**
   * Schedules in the order of their keys, without those whose records cannot be read: `check` reports these.
   *
   * @throws {ArgumentError} for a cursor that did not come from us
   */
  async list(query: ScheduleQuery = {}): Promise<SchedulePage> {
    const { tag, tenant } = query;
    const queue = typeof query.queue === 'object' ? query.queue.name : query.queue;
    const limit = Math.min(Math.max(1, Math.trunc(query.limit ?? PAGE_SIZE)), MAX_PAGE_SIZE);
    const index = indexOf({ queue, tag, tenant });
    if (!isName(index)) return { schedules: [] };
    const fits = ({ definition }: ScheduleRecord) =>
      (queue === undefined || definition.queue === queue) &&
      (tag === undefined || definition.tags.includes(tag)) &&
      (tenant === undefined || definition.tenant === tenant);
    const found: ScheduleRecord[] = [];
    let after = query.cursor === undefined ? undefined : CURSORS.read(query.cursor);
    // One more than the page holds tells whether there is a next one.
    while (found.length <= limit) {
      const keys = await this.#options.engine.schedules.keys(index, after, limit + 1);
      found.push(...(await this.#records(keys)).filter(fits));
      after = keys.at(-1);
      if (keys.length <= limit) break;
    }
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1)?.definition.key : undefined;
    return {
      schedules: await this.#views(page),
      ...(last === undefined ? {} : { cursor: CURSORS.write(last) }),
    };
  }

  /**
   * Ends a schedule. What waits or runs of it stays; a run that waits is left out when its turn comes. False when there
   * was none. One that a source wants comes back with the next `reconcile`: pause it instead.
   */
  async remove(key: string): Promise<boolean> {
    const text = await this.#text(key);
    if (text === undefined) return false;
    const record = readRecord(key, text);
    await (record ? this.#writer.remove([record]) : this.#writer.removeUnreadable([key]));
    return true;
  }

  /**
   * No runs from now on, whatever its source says, until it is resumed. A run under way goes on.
   *
   * @throws {ScheduleNotFoundError}
   */
  pause(key: string): Promise<void> {
    return this.#setOperator(key, 'paused');
  }

  /** @throws {ScheduleNotFoundError} */
  resume(key: string): Promise<void> {
    return this.#setOperator(key, 'resumed');
  }

  /**
   * Runs it once now, beside its slots, also when it is paused. With `overlap: 'skip'` the run is left out when another
   * one has not ended.
   *
   * @returns the job
   * @throws {ScheduleNotFoundError}
   */
  async runNow(key: string): Promise<AddedJob> {
    const { engine, queues, events, newId } = this.#options;
    const record = await this.#existing(key);
    const definition = queues.get(record.definition.queue);
    const queue = engine.queue(definition.name);
    const { data, options } = toPlan(definition, record);
    const { tenant = '' } = record.definition;
    const id = await queue.add({ id: newId(), data, options, ...(definition.fair ? { tenant } : {}) });
    events.emit('job:added', { queue: definition.name, id });
    return { queue: definition.name, id, deduplicated: false };
  }

  /**
   * Its next times, epoch ms: `count` of them, at most 1,000, fewer when it ends, none while it is paused.
   *
   * @throws {ScheduleNotFoundError}
   * @throws {ScheduleError} for one that was stored elsewhere and has no times here, such as of an unknown zone
   */
  async nextRuns(key: string, count: number): Promise<number[]> {
    const record = await this.#existing(key);
    if (isPaused(record)) return [];
    this.#assertPlannable(record);
    return nextRuns(record.definition, this.#options.now(), Math.min(count, MAX_RUNS));
  }

  /**
   * Brings the schedules of a source in line with what it wants, and answers what that took. Those of other sources are
   * not touched. One that cannot be is refused and told, and the others go on; when the source itself throws, nothing is
   * removed. What an operator has paused stays paused. Schedules without a next run get one.
   *
   * @example
   * ```ts
   * await jobs.scheduler.reconcile({
   *   name: 'integrations',
   *   async *schedules() {
   *     for await (const { id } of activeIntegrations()) {
   *       yield { key: `sync:${id}`, queue: syncQueue, data: { id }, every: 7_200_000, jitter: 7_200_000 };
   *     }
   *   },
   * });
   * ```
   */
  async reconcile(source: ScheduleSource<ScheduleOf<Queues[number]>>): Promise<ReconcileResult> {
    if (typeof source.name !== 'string' || source.name.length > MAX_SOURCE || !isName(source.name)) {
      throw new ScheduleError('A source of schedules cannot be', [
        { path: ['name'], message: 'must be a text of 1 to 128 characters without line breaks' },
      ]);
    }
    const options = { ...this.#options, writer: this.#writer, checker: this.#checker };
    return new Reconciliation(options, source).run(await source.schedules());
  }

  /**
   * Looks whether every schedule of this host's queues has its next run, and repairs those that have none. Workers do it
   * by themselves every few minutes.
   */
  check(): Promise<CheckResult> {
    return this.#checker.checkAll();
  }

  async #upsert(inputs: readonly object[], check?: ScheduleCheck): Promise<void> {
    const { queues, now } = this.#options;
    const definitions = await Promise.all(inputs.map((input) => checkSchedule(input, this.#options)));
    const latest = new Map(
      definitions.map((definition, index) => [definition.key, { definition, input: inputs[index] }]),
    );
    const keys = [...latest.keys()];
    const before = new Map((await this.#records(keys)).map((record) => [record.definition.key, record]));
    const records = [...latest.values()].map(({ definition, input = {} }): ScheduleRecord => {
      const { key } = definition;
      const known = before.get(key);
      check?.(definition, known?.definition);
      if (known && known.source !== '') {
        const message = `belongs to ${describeSource(known.source)}; change it there, or pause it`;
        throw refuseSchedule(key, [{ path: ['key'], message }]);
      }
      const operator = Reflect.get(input, 'paused') === undefined ? known?.operator : undefined;
      const fingerprint = fingerprintOf(input, queues.get(definition.queue), '');
      return { definition, source: '', fingerprint, writtenAt: now(), ...defined({ operator }) };
    });
    const planned = await this.#planned(records);
    await this.#write(
      records.map((record, index): Change => {
        return { record, before: before.get(record.definition.key), planned: planned[index] };
      }),
    );
  }

  /** All of them or none. */
  async #write(changes: readonly Change[]): Promise<void> {
    const [failure, ...others] = await this.#writer.write(changes);
    if (!failure) return;
    const undone = new Set([failure, ...others].map(({ item }) => item));
    for (const change of changes) if (!undone.has(change)) await this.#writer.undo(change);
    const { key } = failure.item.record.definition;
    const path = failure.error instanceof JobDataError ? ['data'] : [];
    throw refuseSchedule(key, [{ path, message: failure.error.message }], { cause: failure.error });
  }

  async #setOperator(key: string, operator: 'paused' | 'resumed'): Promise<void> {
    const before = await this.#existing(key);
    const { operator: _, ...rest } = before;
    // One that its definition does not pause needs no word to run.
    const isNeeded = operator === 'paused' ? !before.definition.paused : before.definition.paused;
    const record: ScheduleRecord = { ...rest, writtenAt: this.#options.now(), ...(isNeeded ? { operator } : {}) };
    if (!isPaused(record)) this.#assertPlannable(record);
    const [planned] = await this.#planned([record]);
    await this.#write([{ record, before, planned }]);
  }

  async #records(keys: readonly string[]): Promise<ScheduleRecord[]> {
    // What is no name may be read by a store as another one.
    const names = keys.filter(isName);
    return readRecords(names, await this.#options.engine.schedules.records(names));
  }

  async #text(key: string): Promise<string | undefined> {
    return isName(key) ? (await this.#options.engine.schedules.records([key]))[0] : undefined;
  }

  /** @throws {ScheduleError} for a record that cannot be read */
  async #find(key: string): Promise<ScheduleRecord | undefined> {
    const text = await this.#text(key);
    const record = text === undefined ? undefined : readRecord(key, text);
    if (text !== undefined && !record) throw refuseSchedule(key, [{ path: [], message: UNREADABLE }]);
    return record;
  }

  /** @throws {ScheduleError} for a record that was stored elsewhere and can't be planned here */
  #assertPlannable({ definition }: ScheduleRecord): void {
    const problem = planProblem(definition, this.#options.now());
    if (problem) throw refuseSchedule(definition.key, [problem]);
  }

  async #existing(key: string): Promise<ScheduleRecord> {
    const record = await this.#find(key);
    if (!record) throw new ScheduleNotFoundError(`There is no schedule "${key}"`);
    return record;
  }

  async #views(records: readonly ScheduleRecord[]): Promise<ScheduleView[]> {
    const planned = await this.#planned(records);
    return records.map((record, index) => toView(record, planned[index]));
  }

  /** What is planned of each, in their order. */
  async #planned(records: readonly ScheduleRecord[]): Promise<(PlannedRun | undefined)[]> {
    const groups = groupBy(records, ({ definition }) => definition.queue);
    const found = new Map<string, PlannedRun | undefined>();
    await Promise.all(
      [...groups].map(async ([name, group]) => {
        const keys = group.map(({ definition }) => definition.key);
        const planned = await this.#options.engine.queue(name).plannedRuns(keys);
        for (const [index, key] of keys.entries()) found.set(key, planned[index]);
      }),
    );
    return records.map(({ definition }) => found.get(definition.key));
  }
}

/** The key behind which a page begins. */
const CURSORS = cursorCodec('schedules', z.string().refine(isWellFormed));

/** The list that has the fewest beside those that are asked for. */
function indexOf({ queue, tag, tenant }: Record<'queue' | 'tag' | 'tenant', string | undefined>): string {
  if (tag !== undefined) return tagIndex(tag);
  if (tenant !== undefined) return tenantIndex(tenant);
  return queue === undefined ? ALL : queueIndex(queue);
}
