/**
 * Asked before a run of a schedule is given to its processor: whether it is still to be.
 *
 * What decides is what the store says at that moment: the record of the schedule, and the state of the run before. So
 * nothing that a dead worker has left behind blocks a key for ever.
 */
import { type Engine, runId, type ScheduledRun, type StoredJob } from '../engine/contract.js';
import { nextSlot } from '../engine/recurrence.js';
import { keptTenant } from '../queue/job-tenant.js';
import { perTurn } from '../timers.js';
import { planProblem } from './bounds.js';
import type { ScheduleDefinition } from './definition.js';
import { isPaused, readRecord, type ScheduleRecord, UNREADABLE } from './record.js';
import { RunStarts, startOf } from './run-starts.js';
import { toRhythm } from './timing.js';

/** A run that starts this long after its slot is too late, however seldom its schedule runs. ms */
const LATE = 3_600_000;

export interface RunGuardOptions {
  readonly engine: Engine;
  readonly now: () => number;
  /** Plans a schedule anew by its record. */
  readonly replan: (record: ScheduleRecord) => Promise<void>;
}

/** What is to become of a run: left out, with the reason; or run, with other data where its schedule has them by now. */
export type Verdict =
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'run'; readonly data?: unknown };

const RUN: Verdict = { kind: 'run' };

/** The schedule's part of a job's options; undefined for a job that is no run of one. */
export function scheduledRunOf(job: StoredJob): ScheduledRun | undefined {
  const run = scheduleOf(job);
  if (!run) return undefined;
  const fingerprint = 'fingerprint' in run && typeof run.fingerprint === 'string' ? run.fingerprint : '';
  const slot = slotOf(job.id ?? '', run.key);
  if (slot === undefined) return { key: run.key, fingerprint };
  const overlap = 'overlap' in run ? run.overlap : undefined;
  if (overlap !== 'skip' && overlap !== 'allow') return { key: run.key, fingerprint, slot };
  return { key: run.key, fingerprint, slot, overlap };
}

function scheduleOf({ opts }: StoredJob): { readonly key: string } | undefined {
  const own = 'bizinsights' in opts ? opts.bizinsights : undefined;
  const run = typeof own === 'object' && own !== null && 'schedule' in own ? own.schedule : undefined;
  return isKeyed(run) ? run : undefined;
}

function isKeyed(run: unknown): run is { readonly key: string } {
  return typeof run === 'object' && run !== null && 'key' in run && typeof run.key === 'string';
}

export class RunGuard {
  readonly #options: RunGuardOptions;
  readonly #starts: RunStarts;
  readonly #record: (key: string) => Promise<string | undefined>;
  readonly #print: (key: string) => Promise<string | undefined>;

  constructor(options: RunGuardOptions) {
    this.#options = options;
    this.#starts = new RunStarts(options.engine);
    this.#record = perTurn((keys: readonly string[]) => options.engine.schedules.records(keys));
    this.#print = perTurn((keys: readonly string[]) => options.engine.schedules.prints(keys));
  }

  /** A job has come to a good end in this process, and its store is about to hear of it, or has. */
  ended(queue: string, job: StoredJob, end: 'stored' | 'unstored'): void {
    const run = scheduleOf(job);
    if (run) this.#starts.ended(startOf(run.key, queue, job), end);
  }

  /** An attempt is stored as failed. Undefined for what is no run of a schedule. */
  failed(queue: string, job: StoredJob): Promise<void> | undefined {
    const run = scheduleOf(job);
    return run && this.#starts.failed(startOf(run.key, queue, job));
  }

  /** The store may have lost how the last runs have ended here: writes it down again. */
  recall(): Promise<void> {
    return this.#starts.recall();
  }

  async ask(queue: string, job: StoredJob, run: ScheduledRun): Promise<Verdict> {
    const start = startOf(run.key, queue, job);
    const isFirst = job.attemptsStarted <= 1;
    const looking = this.#starts.look(start);
    if (isFirst && run.overlap !== undefined) {
      const [print, look] = await Promise.all([this.#print(run.key), looking]);
      // Nothing has been said of the schedule since the run was planned. An operator's word is part of the print.
      if (print === run.fingerprint)
        return look.isTaken ? RUN : verdictOf(await this.#starts.take(start, run.overlap, look));
    }
    const [text, look] = await Promise.all([this.#record(run.key), looking]);
    const record = text === undefined ? undefined : readRecord(run.key, text);
    // Its plan stays: when the record can be read again, its runs go on.
    if (text !== undefined && !record) return { kind: 'skip', reason: UNREADABLE };
    const reason = isFirst && run.slot !== undefined ? await this.#look(queue, run.key, run.slot, record) : undefined;
    if (reason) return { kind: 'skip', reason };
    const taken = await this.#starts.take(start, record?.definition.overlap ?? 'allow', look);
    if (taken !== undefined) return verdictOf(taken);
    if (!record || !isFirst || record.fingerprint === run.fingerprint) return { kind: 'run' };
    // Planned before the schedule was changed, or by a process whose change was overtaken.
    if (
      record.definition.queue === queue &&
      run.slot !== undefined &&
      !planProblem(record.definition, this.#options.now())
    )
      await this.#options.replan(record);
    // It was planned for another tenant, who sees it: it runs with that one's data, as a run under way would.
    const { data, tenant = '' } = record.definition;
    return (keptTenant(job) ?? tenant) === tenant ? { kind: 'run', data } : { kind: 'run' };
  }

  /** Why a run of a slot is not to be. */
  async #look(
    queue: string,
    key: string,
    slot: number,
    record: ScheduleRecord | undefined,
  ): Promise<string | undefined> {
    const end = async (reason: string) => {
      await this.#options.engine.queue(queue).unplanRuns([key]);
      return reason;
    };
    if (!record) return end('its schedule has been removed');
    const { definition } = record;
    if (definition.queue !== queue) return end(`its schedule is for the queue "${definition.queue}" now`);
    if (isPaused(record)) return end('its schedule is paused');
    const { endAt, catchUp } = definition;
    if (endAt !== undefined && slot >= endAt) return end('its schedule has ended');
    const now = this.#options.now();
    const next = slotBehind(definition, slot);
    const isLate = now - slot > Math.min(next === undefined ? LATE : next - slot, LATE);
    if (!isLate) return undefined;
    if (endAt !== undefined && now >= endAt) return 'it comes too late, and its schedule has ended';
    return catchUp === 'none' ? `it comes ${Math.round((now - slot) / 1_000)} s too late` : undefined;
  }
}

/** @param taken why the run is left out, if it is */
function verdictOf(taken: string | undefined): Verdict {
  return taken === undefined ? RUN : { kind: 'skip', reason: taken };
}

/** Undefined also for a rhythm that was planned elsewhere and is unknown here: that is no reason to leave its run out. */
function slotBehind(definition: ScheduleDefinition, slot: number): number | undefined {
  try {
    return nextSlot(toRhythm(definition), slot);
  } catch {
    return undefined;
  }
}

/** A run that BullMQ has planned has its slot in its id; one that was asked for by hand has none. */
function slotOf(id: string, key: string): number | undefined {
  const slot = Number(id.slice(id.lastIndexOf(':') + 1));
  return Number.isSafeInteger(slot) && id === runId(key, slot) ? slot : undefined;
}
