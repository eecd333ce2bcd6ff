/**
 * Time zones and their calendar days, by `Intl` alone: the only authority on zones here. A database has time zone data of
 * its own, of another version, and gives some names another meaning (`CET` has summer time for Intl and none for some
 * servers). So no zone is handed to a database: days are worked out here, and handed over as moments.
 */

const DAY = 86_400_000;

/** No zone has a longer name. Characters. */
const LONGEST_NAME = 100;

/** Formatters that are kept: making one takes a tenth of a millisecond. */
const KEPT = 1_000;

const formatters = new Map<string, Intl.DateTimeFormat | undefined>();

/**
 * Whether a name is of a time zone: one of the IANA database that this Node knows, such as `Europe/Berlin` or `UTC`.
 * Offsets (`+02:00`) are refused: not every supported Node takes them.
 */
export function isTimeZone(name: string): boolean {
  return formatterOf(name) !== undefined;
}

/**
 * The calendar day of a moment in a zone: `('Europe/Berlin', Date.UTC(2026, 10, 24, 23, 30))` is `2026-11-25`.
 *
 * @param at epoch ms
 * @throws {RangeError} for a zone that is none, and for a moment that is none
 */
export function dayIn(zone: string, at: number): string {
  return new Date(at + offsetAt(zone, at)).toISOString().slice(0, 10);
}

/** A stretch of time that is of one calendar day. Where the clocks go back at midnight, a day has several. */
export interface DayStretch {
  /** `2026-11-24` */
  readonly day: string;
  /** Epoch ms. */
  readonly from: number;
  /** Epoch ms, excluded. */
  readonly to: number;
}

/**
 * The stretches of time of the calendar days from `first` to `last`, in order. A day that a zone leaves out has none.
 *
 * @throws {RangeError} for a zone that is none, and for a day that is none
 * @example
 * ```ts
 * dayStretches('Europe/Berlin', '2026-03-29', '2026-03-29'); // one stretch, of 23 hours
 * ```
 */
export function dayStretches(zone: string, first: string, last: string): DayStretch[] {
  // No zone is further than 14 hours from UTC: a day more on either side holds all of them.
  const stretches: DayStretch[] = [];
  for (const span of spansOf(zone, Date.parse(first) - DAY, Date.parse(last) + 2 * DAY)) {
    const { offset, from, to } = span;
    for (let start = from; start < to; ) {
      const local = start + offset;
      const end = Math.min(to, (Math.floor(local / DAY) + 1) * DAY - offset);
      const day = new Date(local).toISOString().slice(0, 10);
      const before = stretches.at(-1);
      if (before?.day === day) stretches[stretches.length - 1] = { ...before, to: end };
      else stretches.push({ day, from: start, to: end });
      start = end;
    }
  }
  return stretches.filter(({ day }) => day >= first && day <= last);
}

/**
 * The first moment at which a zone's clock shows a time, or a later one: of a time that comes twice the first, and of one
 * that is left out the end of the gap.
 *
 * @param time as if it were of UTC, epoch ms
 * @throws {RangeError} for a zone that is none
 */
export function firstMomentOf(zone: string, time: number): number {
  const moments = spansOf(zone, time - 2 * DAY, time + 2 * DAY).map(({ offset, from, to }) =>
    time < to + offset ? Math.max(from, time - offset) : Number.POSITIVE_INFINITY,
  );
  return Math.min(...moments);
}

/**
 * The latest time that a zone's clock has shown up to a moment, as if it were of UTC, epoch ms: what it shows, or, after it
 * went back, what it had shown before.
 *
 * @throws {RangeError} for a zone that is none
 */
export function latestTimeOf(zone: string, at: number): number {
  return Math.max(...spansOf(zone, at - 2 * DAY, at + 1).map(({ offset, to }) => to - 1 + offset));
}

/** A stretch of time in which a zone keeps its offset. */
interface Span {
  /** ms that local time is ahead of UTC. */
  readonly offset: number;
  readonly from: number;
  readonly to: number;
}

function spansOf(zone: string, from: number, to: number): Span[] {
  const spans: Span[] = [];
  let start = from;
  let offset = offsetAt(zone, from);
  // A zone changes its offset at most once a day.
  for (let at = from; at < to; at += DAY) {
    const next = Math.min(at + DAY, to);
    const later = offsetAt(zone, next);
    if (later === offset) continue;
    const change = findChange(zone, at, next, offset);
    spans.push({ offset, from: start, to: change });
    start = change;
    offset = later;
  }
  spans.push({ offset, from: start, to });
  return spans;
}

/** The first second in which the offset is another one. */
function findChange(zone: string, from: number, to: number, offset: number): number {
  let [before, after] = [Math.floor(from / 1_000), Math.ceil(to / 1_000)];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(zone, middle * 1_000) === offset) before = middle;
    else after = middle;
  }
  return after * 1_000;
}

/** How far local time is ahead of UTC, ms. */
function offsetAt(zone: string, at: number): number {
  const formatter = formatterOf(zone);
  if (!formatter)
    throw new RangeError(`"${String(zone).slice(0, LONGEST_NAME)}" is not a time zone such as Europe/Berlin`);
  const second = Math.floor(at / 1_000) * 1_000;
  const parts = new Map(formatter.formatToParts(second).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return local - second;
}

function formatterOf(zone: string): Intl.DateTimeFormat | undefined {
  if (formatters.has(zone)) return formatters.get(zone);
  // Not kept: what is no name can be of any length. A host without types may have no text.
  if (typeof zone !== 'string' || zone.length > LONGEST_NAME || !/^[A-Za-z]/.test(zone)) return undefined;
  const formatter = makeFormatter(zone);
  if (formatters.size >= KEPT) formatters.clear();
  formatters.set(zone, formatter);
  return formatter;
}

function makeFormatter(zone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch {
    return undefined;
  }
}
