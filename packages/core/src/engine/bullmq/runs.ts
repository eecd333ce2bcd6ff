/**
 * The runs of schedules on BullMQ's job schedulers, so that a stock dashboard lists them.
 *
 * BullMQ's own `upsertJobScheduler` puts the first run of each `every` into waiting at once, keeps slots that are no more,
 * and overwrites a job that runs in the slot that it plans. So planning is done here, in the form that BullMQ stores.
 * What comes after, the run behind each run, is BullMQ's.
 */

import { defaultRepeatStrategy, type RepeatOptions } from 'bullmq';
import { defined } from '../../defined.js';
import { keyOfPlanner, type PlannedRun, plannedRunId, type RunPlan, type StoredOptions } from '../contract.js';
import { nextRunConflict } from '../next-run.js';
import { type CronRhythm, nextSlot, type Rhythm } from '../recurrence.js';
import type { BullMqQueue } from './client.js';

/** A slot that is nearer could be past before its run is stored, and would then have no time of its own. ms */
const AHEAD = 1_000;

/** Slots looked at for a free one. */
const MAX_TRIES = 100;

/** What we keep in the `repeat` of a job's options beside BullMQ's own: what its strategy needs to know. */
export interface OwnRepeat extends RepeatOptions {
  readonly bizinsights?: { readonly shift: number; readonly startAt?: number; readonly endAt?: number };
}

/** With its dates as numbers. */
type WrittenRepeat = OwnRepeat & { readonly startDate?: number; readonly endDate?: number };

/** A job's options as BullMQ keeps those of a scheduler's. */
interface WrittenOptions extends StoredOptions {
  readonly repeat: WrittenRepeat;
  readonly jobId: string;
  readonly timestamp: number;
  readonly prevMillis: number;
  readonly repeatJobKey: string;
}

/** A plan with its slot, as the store keeps it. */
export interface WrittenRun {
  /** What BullMQ knows the schedule by: see `plannerId`. */
  readonly key: string;
  readonly at: number;
  /** When it is written, epoch ms. */
  readonly now: number;
  /** JSON */
  readonly data: string;
  /** What all jobs of the schedule have. */
  readonly template: StoredOptions;
  readonly repeat: WrittenRepeat;
}

/** The run behind one that a worker has taken. */
export interface NextRun {
  readonly key: string;
  /** The slot of the run that was taken. */
  readonly of: number;
  readonly at: number;
  /** Of the job that was taken. */
  readonly repeat: OwnRepeat;
}

/** What the stores do to the runs of schedules. */
export interface RunStore {
  planned(keys: readonly string[]): Promise<(PlannedRun | undefined)[]>;
  /** Plans them, whatever was planned before; answers for each whether its slot was free. */
  plan(runs: readonly WrittenRun[]): Promise<boolean[]>;
  /** Answers for each whether it was still planned for that slot. */
  refresh(runs: readonly WrittenRun[]): Promise<boolean[]>;
  /**
   * Makes a run a job like others, which can be removed. Absent where BullMQ keeps back the next run alone: on PostgreSQL
   * it keeps every job that a scheduler has made, also those that have ended.
   */
  release?(id: string): Promise<void>;
}

/** BullMQ's code for a job that its scheduler holds. */
const BELONGS_TO_SCHEDULER = -8;

/**
 * Removes a job that may be a run of a schedule.
 *
 * @throws {JobConflictError} for the next run of a schedule
 */
export async function removeRun(queue: BullMqQueue, runs: RunStore, id: string): Promise<boolean> {
  try {
    return (await queue.remove(id)) === 1;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === BELONGS_TO_SCHEDULER)) throw error;
  }
  const job = await queue.getJob(id);
  if (!job || (await job.getState()) === 'active') return false;
  const planner = job.repeatJobKey ?? '';
  const [planned] = await runs.planned([planner]);
  if (planned && plannedRunId(planner, planned.at) === id) {
    if (planned.isLive) throw nextRunConflict(queue.name, id, keyOfPlanner(planner));
    // It has ended, and planned no run behind it: the last one of its schedule, or a chain that the next check repairs.
    await queue.getBackend().removeJobScheduler(planner);
  }
  await runs.release?.(id);
  return (await queue.remove(id)) === 1;
}

/**
 * For BullMQ's workers, which ask it for the run behind the one that they take. A scheduler that a host has made itself
 * has BullMQ's own. Where the summer time begins at midnight, that one leaves out the run of that day.
 */
export function repeatStrategy(millis: number, options: OwnRepeat): number | undefined {
  const rhythm = cronOf(options);
  return rhythm ? nextSlot(rhythm, millis) : defaultRepeatStrategy(millis, options);
}

/** The slot of a run that was planned here; undefined for that of a scheduler that a host has made itself. */
export function slotOfOwn(key: string, options: object, id = ''): number | undefined {
  const own = 'bizinsights' in options ? options.bizinsights : undefined;
  const isOwn = typeof own === 'object' && own !== null && 'schedule' in own;
  const slot = Number(id.slice(id.lastIndexOf(':') + 1));
  return isOwn && id === plannedRunId(key, slot) ? slot : undefined;
}

/**
 * The first slot after a time of what is planned here; undefined when there is none any more.
 *
 * @throws {TypeError} by croner, for an expression that this machine does not know
 */
export function nextSlotOf(repeat: OwnRepeat, after: number): number | undefined {
  const { every, offset, endDate } = repeat;
  if (every === undefined) return repeatStrategy(after, repeat);
  // BullMQ writes null for an offset of 0.
  const end = endDate === undefined ? {} : { endAt: Number(endDate) };
  return nextSlot({ every, offset: offset ?? 0, ...end }, after);
}

function cronOf({ bizinsights: own, pattern = '', tz = 'UTC' }: OwnRepeat): CronRhythm | undefined {
  return own && { ...own, cron: pattern, timezone: tz };
}

export function writeRun({ key, rhythm, data, options }: RunPlan, at: number, now: number): WrittenRun {
  return {
    key,
    at,
    now,
    data: JSON.stringify(data) ?? '{}',
    template: options,
    repeat: { ...toRepeat(rhythm, at), count: 1 },
  };
}

/** The options of a run's job. */
export function toJobOptions({ key, at, now, template, repeat }: WrittenRun): WrittenOptions {
  return {
    ...template,
    delay: Math.max(0, at - now),
    repeat,
    jobId: plannedRunId(key, at),
    timestamp: now,
    prevMillis: at,
    repeatJobKey: key,
  };
}

/**
 * Plans schedules: each in its first slot that is free.
 *
 * @param add plans runs, and answers for each whether its slot was free
 * @param drop ends the plans of those that have no slot any more
 */
export async function planRuns(
  plans: readonly RunPlan[],
  add: (runs: readonly WrittenRun[]) => Promise<boolean[]>,
  drop: (keys: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const now = Date.now();
  let open = plans.map((plan) => ({ plan, slot: nextSlot(plan.rhythm, now + AHEAD) }));
  for (let tries = 0; open.length > 0 && tries < MAX_TRIES; tries++) {
    const ended = open.flatMap(({ plan, slot }) => (slot === undefined ? [plan.key] : []));
    if (ended.length > 0) await drop(ended);
    const due = open.flatMap(({ plan, slot }) => (slot === undefined ? [] : [{ plan, slot }]));
    const added = await add(due.map(({ plan, slot }) => writeRun(plan, slot, now)));
    open = due
      .filter((_, index) => !added[index])
      .map(({ plan, slot }) => ({ plan, slot: nextSlot(plan.rhythm, slot) }));
  }
}

/** In BullMQ's words. */
function toRepeat(rhythm: Rhythm, at: number): WrittenRepeat {
  const { startAt, endAt } = rhythm;
  const end = endAt === undefined ? {} : { endDate: endAt };
  // BullMQ puts the first run at `startDate`, and those behind it on `offset`.
  if ('every' in rhythm) return { every: rhythm.every, offset: rhythm.offset, startDate: at, ...end };
  const start = startAt === undefined ? {} : { startDate: startAt };
  return { pattern: rhythm.cron, tz: rhythm.timezone, ...start, ...end, bizinsights: ownRepeat(rhythm) };
}

function ownRepeat({ shift, startAt, endAt }: CronRhythm): NonNullable<OwnRepeat['bizinsights']> {
  return { shift, ...defined({ startAt, endAt }) };
}
