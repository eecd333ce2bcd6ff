/**
 * What is found in a series, so that it stays found. With one more value the fit of a series may bend otherwise, or have a step
 * more, and then many older values are judged otherwise at once. So only the newest values are judged by the fit of all. The older
 * ones are judged by fits of the beginning of the series up to an anchor, one every two or three weeks. What was found by one anchor
 * becomes what the next one finds step by step: with each value that is added, at most 1 % of the judgements change. Where that is
 * less than one judgement, each is made once, before its value is old.
 *
 * It depends on nothing but the values: a series has the same anomalies, whether it came at once or value by value.
 */
import type { Anomaly, Found } from '../anomaly.js';
import { at } from '../at.js';
import { ascending, joined, SAME_SHIFT } from './joined.js';

/** So many values are new: of those that are older, few judgements change with one more value. */
const NEWEST = 29;
/** The share of these judgements. */
const MOST_CHANGED = 0.01;
/** Fewer values have no older ones. */
const FIRST_ANCHOR = 28;
/** Values from one anchor to the next. */
const APART = 14;
/** The same where a judgement is made once: it sees the more of what comes after its value. */
const APART_ONCE = 7;
/** A year and a half. From there on the level may have waves of the year, and a fit takes long: ... */
export const FIRST_LONG = 546;
/** ... anchors are rarer. A shift is still seen by one of them before it is old. */
export const APART_LONG = 21;
/** So many changes from one fit to the next are made step by step, and all of the next two weeks; what is beyond may come at once. */
const MOST_WAITING = 28;

interface Anchor {
  /** Values before it. */
  readonly count: number;
  /** How many judgements change at most with one more value. */
  readonly changes: number;
}

/**
 * @param known 0 where a value is unknown
 * @param find judges the first values by a fit of these alone; what lies before `from` may be left out
 * @returns by `index`, ascending
 */
export function steadyAnomalies(known: Float64Array, find: (count: number, from?: number) => Found): Anomaly[] {
  const { length } = known;
  const anchors = anchorsOf(known);
  const newest = length - NEWEST;
  const whole = find(length, anchors.at(-1)?.count === length ? 0 : newest - SAME_SHIFT);
  const first = firstNeeded(anchors, length);
  let old: readonly Anomaly[] = [];
  for (let order = first; order < anchors.length; order++) {
    const { count, changes } = anchors[order] ?? { count: 0, changes: 0 };
    const next = anchors[order + 1]?.count;
    const border = count - NEWEST;
    const end = (next ?? length) - NEWEST;
    // Most anchors of a series with few known values have none to judge.
    if (changes === 0 && !known.subarray(Math.max(0, border), Math.max(0, end)).includes(1)) continue;
    const found = count === length ? whole : find(count);
    if (changes === 0) old = joined(old, found, border);
    else if (order === first) old = found.anomalies;
    else old = changed(old, found.anomalies, border, changes * ((next ?? length + 1) - count));
    old = old.filter(({ index }) => index < end);
  }
  return joined(old, whole, newest);
}

function anchorsOf(known: Float64Array): Anchor[] {
  const anchors: Anchor[] = [];
  let judged = 0;
  for (let count = FIRST_ANCHOR; count <= known.length; count++) {
    // Before the value at the anchor was added, these were more than 30 back.
    const newlyOld = count - NEWEST - 3;
    if (newlyOld >= 0) judged += at(known, newlyOld);
    const changes = Math.floor(MOST_CHANGED * judged);
    if (isAnchor(count, changes)) anchors.push({ count, changes });
  }
  return anchors;
}

function isAnchor(count: number, changes: number): boolean {
  if (changes === 0) return count % APART_ONCE === 0;
  return count < FIRST_LONG ? count % APART === 0 : count === anchorBefore(count);
}

/** The last anchor of a long series that has no more values. */
export function anchorBefore(count: number): number {
  return count - ((count - FIRST_LONG) % APART_LONG);
}

/** The last anchor since which all changes that waited have been made: what was found before is not looked at. */
function firstNeeded(anchors: readonly Anchor[], length: number): number {
  let values = 0;
  let made = 0;
  for (let order = anchors.length - 1; order > 0; order--) {
    const { count, changes } = anchors[order] ?? { count: 0, changes: 0 };
    if (changes === 0) return 0;
    const own = (anchors[order + 1]?.count ?? length + 1) - count;
    values += own;
    made += changes * own;
    if (values >= APART && made >= MOST_WAITING) return order;
  }
  return 0;
}

/**
 * The new ones from `border` on. Before it the old ones with at most so many changes to the new ones: first what is new there, so
 * that a shift whose place has moved is not missed in between, and the latest first.
 */
function changed(old: readonly Anomaly[], found: readonly Anomaly[], border: number, most: number): Anomaly[] {
  const [from, to] = [byIndex(old), byIndex(found)];
  const added = [...to.keys()].filter((index) => kindsOf(from.get(index)) !== kindsOf(to.get(index)));
  const removed = [...from.keys()].filter((index) => !to.has(index));
  const changes = [added, removed].flatMap((some) => some.filter((index) => index < border).sort((a, b) => b - a));
  for (const index of changes.slice(most)) to.set(index, from.get(index) ?? []);
  return ascending([...to.values()].flat());
}

/** A shift may begin with a spike. */
function byIndex(anomalies: readonly Anomaly[]): Map<number, readonly Anomaly[]> {
  const all = new Map<number, readonly Anomaly[]>();
  for (const one of anomalies) all.set(one.index, [...(all.get(one.index) ?? []), one]);
  return all;
}

function kindsOf(anomalies: readonly Anomaly[] = []): string {
  return anomalies.map(({ kind }) => kind).join();
}
