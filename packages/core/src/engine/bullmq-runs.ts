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
  readonly repeat: OwnRepeat;
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
 * Plans one schedule. Whatever there was is dropped first: BullMQ would keep its slot.
 *
 * @param isOrdered commands are carried out in the order in which they are sent, so that one need not wait for the other
 */
export async function planRun(
  backend: IQueueBackend,
  queue: string,
  plan: RunPlan,
  { isNew, isOrdered }: { isNew: boolean; isOrdered: boolean },
): Promise<void> {
  const { key, rhythm } = plan;
  const removed = isNew ? undefined : backend.removeJobScheduler(key);
  if (!isOrdered) await removed;
  const now = Date.now();
  let slot = nextSlot(rhythm, now + AHEAD);
  for (let tries = 0; slot !== undefined && tries < MAX_TRIES; tries++) {
    const run = writeRun(plan, slot, now);
    const repeat = { ...toRepeat(rhythm, slot), name: queue };
    const added = backend.addJobScheduler(key, slot, run.data, run.template, repeat, run.options);
    const [problem] = await Promise.all([
      added.then(
        () => undefined,
        (error: unknown) => toError(error),
      ),
      removed,
    ]);
    if (problem === undefined) return;
    if (!('code' in problem && SLOT_TAKEN.has(problem.code))) throw problem;
    slot = nextSlot(rhythm, slot);
  }
  await removed;
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
