/** Which days a finding is explained by: its own, and those whose parts say what was expected of each member. */
import type { InsightDays } from '../evidence.js';
import type { Finding } from '../findings/finding.js';
import type { History } from '../history.js';
import { addDays } from '../periods.js';

export interface ComparedDays {
  readonly window: InsightDays;
  readonly reference: InsightDays;
}

const WEEK = 7;

/** Of a lasting change its first days are looked at, as many as its reference may have. */
const LONGEST = 4 * WEEK;

/** The reference lies within so many days before the finding. */
const SEARCHED = 10 * WEEK;

/** A reference that is longer than this says no more. */
const ENOUGH = 6 * WEEK;

/** A shorter one has not each weekday twice; it is taken where there is no longer one, down to a week. */
const LEAST = WEEK;

/**
 * Of a change the period before. Of everything else the longest stretch of whole weeks before it on which nothing else was
 * found: members that were unusual then are no measure.
 *
 * @param others what was found besides: windows of days that are no measure
 */
export function comparedDays(
  { kind, evidence }: Finding,
  others: readonly Finding[],
  history: History,
): ComparedDays | undefined {
  const { window, before } = evidence;
  if (kind === 'change') return before && { window, reference: before };
  const own = { kind, window };
  const events = others.filter((other) => isEvent(other) && !isSame(own, other));
  const end = shorter(window, kind === 'level-shift' ? events : []);
  // Other metrics may have moved a little before: their days are no measure either.
  const begins = others.filter((other) => isEvent(other) && isSame(own, other)).map((one) => one.evidence.window.from);
  const [begin = window.from] = [...begins, window.from].toSorted();
  const reference = calmDays(begin, events, history.days[0]?.day ?? begin);
  return reference && { window: end, reference };
}

function isEvent({ kind }: Finding): boolean {
  return (
    kind === 'spike' ||
    kind === 'drop' ||
    kind === 'level-shift' ||
    kind === 'silent-platform' ||
    kind === 'broken-tracking'
  );
}

/** How far apart the beginnings of one event may be in several metrics. */
const APART = { days: 3, ofShifts: 10 };

function isSame(one: Pick<Finding, 'kind'> & { readonly window: InsightDays }, { kind, evidence }: Finding): boolean {
  const isShift = one.kind === 'level-shift' || kind === 'level-shift';
  if (isShift && one.kind !== kind) return false;
  const apart = isShift ? APART.ofShifts : APART.days;
  const { from } = evidence.window;
  return from >= addDays(one.window.from, -apart) && from <= addDays(one.window.from, apart);
}

/** The first weeks of a window, up to what happens next in it. */
function shorter({ from, to }: InsightDays, events: readonly Finding[]): InsightDays {
  const latest = addDays(from, LONGEST - 1);
  const next = events
    .map(({ evidence }) => evidence.window.from)
    .filter((day) => day >= addDays(from, WEEK))
    .toSorted()[0];
  const ends = [to, latest, ...(next === undefined ? [] : [addDays(next, -1)])];
  return { from, to: ends.reduce((first, day) => (day < first ? day : first)) };
}

function calmDays(day: string, events: readonly Finding[], begin: string): InsightDays | undefined {
  // What stays is no disturbance of the days after it: but those before it are on another level.
  const busy = events.map(({ kind, evidence: { window } }) =>
    kind === 'level-shift' ? { from: window.from, to: window.from } : window,
  );
  const stretches: { from: number; to: number }[] = [];
  let length = 0;
  for (let back = 1; back <= SEARCHED; back++) {
    const own = addDays(day, -back);
    const isCalm = own >= begin && !busy.some(({ from, to }) => own >= from && own <= to);
    if (isCalm) length += 1;
    if ((!isCalm || back === SEARCHED) && length > 0) {
      const last = isCalm ? back : back - 1;
      stretches.push({ from: last, to: last - length + 1 });
      length = 0;
    }
    // Before a new level all was different.
    if (events.some(({ kind, evidence }) => kind === 'level-shift' && evidence.window.from === own)) break;
  }
  const whole = stretches.map(({ from, to }) => {
    const weeks = Math.min(ENOUGH, WEEK * Math.floor((from - to + 1) / WEEK));
    return { to, weeks };
  });
  // Of equal ones the nearest, which is the first.
  const best = whole.reduce<{ to: number; weeks: number } | undefined>(
    (longest, one) => (longest && longest.weeks >= one.weeks ? longest : one),
    undefined,
  );
  if (!best || best.weeks < LEAST) return undefined;
  return { from: addDays(day, -best.to - best.weeks + 1), to: addDays(day, -best.to) };
}
