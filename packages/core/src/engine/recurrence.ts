/**
 * When a schedule runs: its slots, as a pure function of the time.
 *
 * A slot depends on the rhythm alone and on no run before it. So a restart moves no run, two processes find the same
 * next one, and a chain that has broken goes on where it would have been.
 */
import { firstMomentOf, latestTimeOf } from '../calendar.js';
import { loadCroner } from '../on-demand.js';

/** Bounds that both kinds share, epoch ms: the first slot is at `startAt` or behind it, the last one before `endAt`. */
interface Bounds {
  readonly startAt?: number;
  readonly endAt?: number;
}

/** At k * `every` + `offset` for each k. ms; `offset` is from 0 to `every`. */
export interface EveryRhythm extends Bounds {
  readonly every: number;
  readonly offset: number;
}

/** At the times of an expression in a zone, each `shift` ms later. */
export interface CronRhythm extends Bounds {
  readonly cron: string;
  readonly timezone: string;
  readonly shift: number;
}

export type Rhythm = EveryRhythm | CronRhythm;

/** Parsed expressions that are kept: a host has a handful, also when it has 100,000 schedules. */
const KEPT = 1_000;

const MODE = { mode: '5-or-6-parts' } as const;

/** `+02:00`, `-0330`, `+02` */
const OFFSET = /^([+-])(\d\d)(?::?(\d\d))?$/;

/** The first time after a moment; undefined when there is none any more. Epoch ms. */
export type Times = (after: number) => number | undefined;

/** An expression in a zone, with the answer to the last question: many schedules ask the same one. */
interface Parsed {
  readonly next: Times;
  from: number;
  to: number | undefined;
}

const parsed = new Map<string, Parsed>();

/** The first slot after a time; undefined when there is none any more. */
export function nextSlot(rhythm: Rhythm, after: number): number | undefined {
  const { startAt, endAt } = rhythm;
  const slot = 'every' in rhythm ? nextEvery(rhythm, after) : nextCron(rhythm, after, startAt);
  return slot === undefined || (endAt !== undefined && slot >= endAt) ? undefined : slot;
}

/** Slot `after` or behind it, at the earliest the first one. */
function nextEvery({ every, offset, startAt }: EveryRhythm, after: number): number {
  const from = startAt === undefined ? after : Math.max(after, startAt - 1);
  return Math.floor((from - offset) / every + 1) * every + offset;
}

function nextCron({ cron, timezone, shift }: CronRhythm, after: number, startAt: number | undefined) {
  const from = startAt === undefined ? after - shift : Math.max(after - shift, startAt - 1);
  const one = parse(cron, timezone);
  // Between the question and its answer there is no slot: the same answer for all who ask in between.
  if (one.to === undefined || from < one.from || from >= one.to) {
    one.from = from;
    one.to = one.next(from);
  }
  return one.to === undefined ? undefined : one.to + shift;
}

/**
 * Reads an expression. Where the clocks change, its hours say what it means, however they are written:
 *
 * - Every hour of the day (`*`, `0-23`): it runs as time goes by. What the clocks leave out is left out, and what comes
 *   twice runs twice.
 * - Some hours (a number, a list, a range or steps of several): these are times of the clock. One that is left out is at
 *   the end of the gap, and one that comes twice runs once.
 *
 * @throws {TypeError} by croner, for what is no expression
 * @throws {RangeError} when it is asked, for a zone that is none
 */
export function readCron(cron: string, timezone: string): Times {
  const { Cron, CronPattern } = loadCroner();
  const offset = offsetOf(timezone);
  if (offset !== undefined) {
    const utc = new Cron(cron, { ...MODE, utcOffset: 0 });
    return (after) => {
      const time = utc.nextRun(new Date(after + offset))?.getTime();
      return time === undefined ? undefined : time - offset;
    };
  }
  const { hour } = new CronPattern(cron, undefined, MODE);
  if (hour.every((isIn) => isIn)) {
    const times = new Cron(cron, { ...MODE, timezone });
    return (after) => times.nextRun(new Date(after))?.getTime();
  }
  // As if the zone were UTC. croner's own rule takes no steps, and loses what the end of a gap puts on the next day.
  const clock = new Cron(cron, { ...MODE, utcOffset: 0 });
  return (after) => {
    const time = clock.nextRun(new Date(latestTimeOf(timezone, after)))?.getTime();
    return time === undefined ? undefined : firstMomentOf(timezone, time);
  };
}

/**
 * ms; undefined for what is a name. No new schedule may have an offset: what Node takes depends on its version. Those that
 * an earlier release has stored run on.
 */
function offsetOf(timezone: string): number | undefined {
  const [, sign, hours, minutes = '0'] = OFFSET.exec(timezone) ?? [];
  if (hours === undefined) return undefined;
  const size = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? -size : size;
}

function parse(cron: string, timezone: string): Parsed {
  const key = `${timezone}\n${cron}`;
  let one = parsed.get(key);
  if (!one) {
    if (parsed.size >= KEPT) parsed.clear();
    one = { next: readCron(cron, timezone), from: 0, to: undefined };
    parsed.set(key, one);
  }
  return one;
}
