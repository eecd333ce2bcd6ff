/** The days of one metric that are not as expected, as events: days that follow each other in one direction are one. */
import { at } from '../../series/at.js';
import type { Shift } from '../../series/judging/judgement.js';
import type { JudgedMetric } from './judged-metric.js';
import { FALSE_DISCOVERIES } from './rates.js';
import { scan } from './scan.js';
import { comesEachYear } from './yearly.js';

/** A level that is back after fewer days was a spike or drop. */
const SHORT_SHIFT = 21;

/** Up to this factor two shifts are alike: the second takes the first one back. */
const ALIKE = 1.7;

/** A day beside unusual ones is one of them when noise alone is as far away in one of so many days. */
const BESIDE = 0.02;

/** Days. */
const BESIDE_SHIFT = 3;

/** Days in a row. */
export interface DaysEvent {
  readonly first: number;
  readonly last: number;
  readonly isUp: boolean;
  /** The rate of false discoveries of its rarest day. */
  readonly rate: number;
  /** Of a level that came back: without it is what was expected. */
  readonly shift?: Shift;
}

export interface ShiftEvent {
  readonly first: number;
  /** The day before the next shift, or the last one. */
  readonly last: number;
  readonly shift: Shift;
  readonly rate: number;
}

export interface Events {
  readonly days: readonly DaysEvent[];
  readonly shifts: readonly ShiftEvent[];
}

/**
 * @param rates of false discoveries: of each place of the judgement, and of each shift
 * @param metrics how many are judged together
 */
export function eventsOf(
  judged: JudgedMetric,
  rates: { readonly days: Float64Array; readonly shifts: readonly number[] },
  metrics: number,
): Events {
  const { judgement, points } = judged;
  const { shifts } = judgement;
  const short: DaysEvent[] = [];
  const lasting: ShiftEvent[] = [];
  for (let order = 0; order < shifts.length; order++) {
    const [shift, next] = [shifts[order], shifts[order + 1]];
    if (shift === undefined) continue;
    const rate = rates.shifts[order] ?? 1;
    if (next !== undefined && isTakenBack(shift, next)) {
      short.push({ first: shift.index, last: next.index - 1, isUp: shift.size > 0, rate, shift });
      order += 1;
      continue;
    }
    lasting.push({ first: shift.index, last: (next?.index ?? points.length) - 1, shift, rate });
  }
  const runs = joined([...runsOf(judged, rates.days), ...weakRuns(judged, metrics)]);
  const isEvent = ({ rate, first, last }: DaysEvent | ShiftEvent) =>
    rate <= FALSE_DISCOVERIES && !comesEachYear(judged, first, last);
  return {
    days: [...short, ...runs].filter(isEvent).sort((a, b) => a.first - b.first),
    shifts: lasting.filter(isEvent),
  };
}

/** Days that are each only a little off. Beside a shift, whose place is known to a few days, they are part of it. */
function weakRuns(
  { judgement: { places, surprise, shifts }, isFirstHoliday }: JudgedMetric,
  metrics: number,
): DaysEvent[] {
  const own = Float64Array.from(places, (place) => (isFirstHoliday(place) ? 0 : at(surprise, place)));
  return scan(own, FALSE_DISCOVERIES / metrics).flatMap(({ first, last, isUp, p }) => {
    const run = { first: places[first] ?? 0, last: places[last] ?? 0, isUp, rate: Math.min(1, p * metrics) };
    return shifts.some(({ index }) => index >= run.first - BESIDE_SHIFT && index <= run.last + BESIDE_SHIFT)
      ? []
      : [run];
  });
}

/** Runs in one direction that overlap are one. */
function joined(runs: readonly DaysEvent[]): DaysEvent[] {
  const all: DaysEvent[] = [];
  for (const run of runs.toSorted((a, b) => a.first - b.first)) {
    const last = all.findLast(({ isUp }) => isUp === run.isUp);
    if (last === undefined || run.first > last.last) {
      all.push(run);
      continue;
    }
    const union = { ...last, last: Math.max(last.last, run.last), rate: Math.min(last.rate, run.rate) };
    all[all.indexOf(last)] = union;
  }
  return all;
}

function isTakenBack(one: Shift, other: Shift): boolean {
  const ratio = -other.size / one.size;
  return other.index - one.index <= SHORT_SHIFT && ratio > 1 / ALIKE && ratio < ALIKE;
}

/** Unusual days with those beside them; days of which nothing is known do not end a run. */
function runsOf({ judgement: { places, p, surprise }, isExplained }: JudgedMetric, rates: Float64Array): DaysEvent[] {
  const runs: DaysEvent[] = [];
  const isUpAt = (order: number) => at(surprise, places[order] ?? 0) > 0;
  let end = -1;
  for (let order = 0; order < places.length; order++) {
    if (order <= end || at(rates, order) > FALSE_DISCOVERIES || isExplained(places[order] ?? 0)) continue;
    const isUp = isUpAt(order);
    const belongs = (other: number) =>
      other > end && other < places.length && isUpAt(other) === isUp && at(p, other) <= BESIDE;
    let first = order;
    while (belongs(first - 1)) first -= 1;
    let last = order;
    while (belongs(last + 1)) last += 1;
    runs.push({
      first: places[first] ?? 0,
      last: places[last] ?? 0,
      isUp,
      rate: rates.subarray(first, last + 1).reduce((least, rate) => Math.min(least, rate), 1),
    });
    end = last;
  }
  return runs;
}
