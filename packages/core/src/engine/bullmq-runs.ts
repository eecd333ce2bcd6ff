/**
 * The runs of schedules on BullMQ's job schedulers, so that a stock dashboard lists them.
 *
 * BullMQ's own `upsertJobScheduler` puts the first run of each `every` into waiting at once and reads what it replaces
 * beforehand. Its backend takes the slot that is to be, and so nothing depends on who comes first.
 */
import { defaultRepeatStrategy, type IQueueBackend, type RepeatOptions } from 'bullmq';
import { toError } from '../errors.js';
import { type RunPlan, runId, type StoredOptions } from './engine.js';
import { type CronRhythm, nextSlot, type Rhythm } from './rhythm.js';

/**
 * A slot that is nearer is left to what is under way: between its planning and its storing it could be past. BullMQ
 * overwrites a job that runs when it is told to plan in that one's slot. ms
 */
const AHEAD = 1_000;

/**
 * BullMQ's answers when there is a job of the slot already: one that was promoted by hand and has ended before its time.
 * Issue 3063.
 */
const SLOT_TAKEN: ReadonlySet<unknown> = new Set([-10, -11]);

/** Slots looked at for a free one. */
const MAX_TRIES = 100;

/** What we keep in the `repeat` of a job's options beside BullMQ's own: what its strategy needs to know. */
interface OwnRepeat extends RepeatOptions {
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
  readonly key: string;
  readonly at: number;
  /** JSON */
  readonly data: string;
  readonly template: StoredOptions;
  readonly options: WrittenOptions;
}

/**
 * For BullMQ's workers, which ask it for the run behind the one that they take. A scheduler that a host has made itself
 * has BullMQ's own. Where the summer time begins at midnight, that one leaves out the run of that day.
 */
export function repeatStrategy(millis: number, options: OwnRepeat): number | undefined | Promise<number | undefined> {
  const { bizinsights: own, pattern = '', tz = 'UTC' } = options;
  if (!own) return defaultRepeatStrategy(millis, options);
  return nextSlot({ ...own, cron: pattern, timezone: tz }, millis);
}

export function writeRun({ key, rhythm, data, options }: RunPlan, at: number, now: number): WrittenRun {
  return {
    key,
    at,
    data: JSON.stringify(data) ?? '{}',
    template: options,
    options: {
      ...options,
      delay: Math.max(0, at - now),
      repeat: { ...toRepeat(rhythm, at), count: 1 },
      jobId: runId(key, at),
      timestamp: now,
      prevMillis: at,
      repeatJobKey: key,
    },
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

/** By BullMQ's own commands. Whatever there was is dropped first: BullMQ would keep its slot. */
export async function addByBackend(backend: IQueueBackend, queue: string, run: WrittenRun): Promise<boolean> {
  const { key, at, data, template, options } = run;
  await backend.removeJobScheduler(key);
  try {
    await backend.addJobScheduler(key, at, data, template, { ...options.repeat, name: queue }, options);
    return true;
  } catch (thrown) {
    const error = toError(thrown);
    if ('code' in error && SLOT_TAKEN.has(error.code)) return false;
    throw error;
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
  return { shift, ...(startAt === undefined ? {} : { startAt }), ...(endAt === undefined ? {} : { endAt }) };
}
