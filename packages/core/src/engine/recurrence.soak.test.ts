/** Cron expressions of all kinds at the changes of many zones, beside what the zone's clock shows minute by minute. */
import { expect, it } from 'vitest';
import { slotsOf } from './fixtures/slots-of.js';
import { readCron } from './recurrence.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const utc = (text: string) => Date.parse(`${text}Z`);
const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString().slice(0, 16));

/** Zones with the days (UTC) of changes: 1 h, half an hour and 24 h; at noon of UTC, at midnight and over it. */
const CHANGES = [
  ['Europe/Berlin', '2026-03-29', '2026-10-25'],
  ['CET', '2026-03-29', '2026-10-25'],
  ['America/New_York', '2026-03-08', '2026-11-01'],
  ['Africa/Cairo', '2025-04-24', '2025-10-30'],
  ['Africa/Casablanca', '2026-02-15', '2026-03-22'],
  ['America/Santiago', '2026-04-05', '2026-09-06'],
  ['America/Havana', '2026-03-08', '2026-11-01'],
  // 23:00 becomes 00:00, and 00:00 becomes 23:00.
  ['America/Nuuk', '2026-03-29', '2026-10-25'],
  ['America/St_Johns', '2010-03-14', '2010-11-07'],
  ['Asia/Beirut', '2026-03-28', '2026-10-24'],
  ['Atlantic/Azores', '2026-03-29', '2026-10-25'],
  ['Australia/Lord_Howe', '2026-04-04', '2026-10-03'],
  ['Antarctica/Troll', '2026-03-29', '2026-10-25'],
  ['Asia/Kolkata', '2026-03-29', '2026-10-25'],
  ['Pacific/Apia', '2011-12-30', '2011-04-02'],
  ['Asia/Gaza', '2025-04-12', '2025-10-25'],
  ['America/Caracas', '2007-12-09', '2016-05-01'],
  ['Asia/Pyongyang', '2015-08-14', '2018-05-04'],
  ['America/Sao_Paulo', '2018-02-18', '2018-11-04'],
] as const;

/** What the clock of a zone shows, as if it were of UTC. */
function clockOf(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return (at) => Date.parse(`${format.format(at).replace(' ', 'T')}Z`);
}

/** What the clock of a zone shows, minute by minute. */
function minutesOf(zone: string, from: number, to: number): { at: number; time: number }[] {
  const clock = clockOf(zone);
  return Array.from({ length: (to - from) / MINUTE + 1 }, (_, n) => from + n * MINUTE).map((at) => ({
    at,
    time: clock(at),
  }));
}

/** The two rules, in the words of docs/scheduler.md. */
function expectedSlots(cron: string, [first, ...minutes]: readonly { at: number; time: number }[]): number[] {
  const [minute = '', hour = ''] = cron.split(' ');
  const [inMinutes, inHours] = [valuesOf(minute, 60), valuesOf(hour, 24)];
  const isTime = (time: number) =>
    inMinutes.has((time % HOUR) / MINUTE) && inHours.has(Math.floor((time % DAY) / HOUR));
  if (inHours.size === 24) return minutes.filter(({ time }) => isTime(time)).map(({ at }) => at);
  const slots: number[] = [];
  let shown = first?.time ?? 0;
  for (const { at, time } of minutes) {
    // All that the clock shows for the first time, or has passed over.
    let isDue = false;
    for (let passed = shown + MINUTE; passed <= time; passed += MINUTE) isDue ||= isTime(passed);
    if (isDue) slots.push(at);
    shown = Math.max(shown, time);
  }
  return slots;
}

function valuesOf(field: string, end: number): Set<number> {
  const parts = field.split(',').flatMap((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [first, last = first] = range === '*' ? [0, end - 1] : range.split('-').map(Number);
    return Array.from({ length: end }, (_, n) => n).filter(
      (n) => n >= (first ?? 0) && n <= (last ?? 0) && (n - (first ?? 0)) % Number(step) === 0,
    );
  });
  return new Set(parts);
}

const EXPRESSIONS = [
  ...['0 */12 * * *', '0 0,12 * * *', '0 0-23/12 * * *', '0 */2 * * *', '30 */3 * * *', '15 0,1,2,3,23 * * *'],
  ...[
    '0 0 * * *',
    '30 2 * * *',
    '59 23 * * *',
    '*/20 0-6 * * *',
    '0,20,40 0-6 * * *',
    '* 2 * * *',
    '0-59/7 1-3,22-23 * * *',
  ],
  ...['5,35 * * * *', '10 0-23 * * *', '*/7 * * * *', '45 1,2 * * *', '15 23,0 * * *', '35 0-22 * * *', '5 1-23 * * *'],
  ...['0 * * * *', '0 */1 * * *', '30 0-23 * * *', '*/15 * * * *', '*/45 * * * *', '0,30 0-11,12-23 * * *'],
];

it.each(CHANGES)('has the slots that the clock of %s gives it on %s and %s, whenever it is asked', (zone, ...days) => {
  for (const day of days) {
    const [from, to] = [utc(`${day}T00:00`) - DAY, utc(`${day}T00:00`) + 1.5 * DAY];
    const minutes = minutesOf(zone, from, to);
    for (const expression of EXPRESSIONS) {
      const slots = slotsOf(expression, zone, from, to);
      expect([expression, ...iso(slots)]).toEqual([expression, ...iso(expectedSlots(expression, minutes))]);
      // A question at any moment has the first slot after it, and the order of questions changes nothing.
      const next = readCron(expression, zone);
      for (let at = to - 7 * MINUTE - 1; at > from; at -= 97 * MINUTE + 777) {
        const expected = slots.find((slot) => slot > at);
        if (expected !== undefined) expect(next(at)).toBe(expected);
      }
    }
  }
});

it('has slots in strict order over years, on each day as many', () => {
  for (const [zone] of CHANGES) {
    const slots = slotsOf('30 2,23 * * *', zone, utc('2024-01-01T00:00'), utc('2027-01-01T00:00'));
    const steps = slots.slice(1).map((at, index) => at - (slots[index] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(slots).toHaveLength(2 * 1_096);
  }
});
