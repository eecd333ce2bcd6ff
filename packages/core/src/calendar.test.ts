import { describe, expect, it } from 'vitest';
import { dayIn, dayStretches, isTimeZone } from './calendar.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const utc = (text: string) => Date.parse(`${text}Z`);

/** Names that `Intl` takes and does not list. */
const ALIASES = [
  ...['CET', 'EET', 'MET', 'WET', 'EST', 'MST', 'HST', 'EST5EDT', 'CST6CDT', 'MST7MDT', 'PST8PDT', 'PRC', 'ROC', 'ROK'],
  ...[
    'GB',
    'GB-Eire',
    'NZ',
    'NZ-CHAT',
    'UTC',
    'UCT',
    'GMT',
    'GMT0',
    'GMT+0',
    'GMT-0',
    'Zulu',
    'Universal',
    'Greenwich',
  ],
  ...[
    'Cuba',
    'Egypt',
    'Eire',
    'Hongkong',
    'Iceland',
    'Iran',
    'Israel',
    'Jamaica',
    'Japan',
    'Kwajalein',
    'Libya',
    'Navajo',
  ],
  ...['Poland', 'Portugal', 'Singapore', 'Turkey', 'W-SU', 'US/Eastern', 'US/Pacific', 'US/Indiana-Starke', 'US/Samoa'],
  ...[
    'Asia/Calcutta',
    'Asia/Kolkata',
    'Asia/Katmandu',
    'Asia/Saigon',
    'Asia/Istanbul',
    'Atlantic/Faeroe',
    'Europe/Kyiv',
  ],
  ...['America/Buenos_Aires', 'America/Godthab', 'America/Nuuk', 'Australia/LHI', 'Australia/NSW', 'Brazil/East'],
  ...['Canada/Newfoundland', 'Chile/Continental', 'Mexico/General', 'Europe/Belfast', 'Pacific/Yap', 'europe/berlin'],
  ...['Etc/GMT', 'Etc/UTC', 'Etc/UCT', 'Etc/Zulu', ...Array.from({ length: 15 }, (_, n) => `Etc/GMT-${n}`)],
  ...Array.from({ length: 13 }, (_, n) => `Etc/GMT+${n}`),
];

/** No zone changes its offset twice within so long: 6.9 days are the shortest that there were from 2000 on. */
const STEP = 5 * DAY;
const [START, END] = [utc('2000-01-01T00:00'), utc('2038-01-01T00:00')];

/** What `Intl` shows of a moment, by another way than the code's: `2026-11-25 00:30:00`. */
function clockOf(zone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return (at) => format.format(at);
}

/** The moments at which a clock is moved. */
function changesOf(clock: (at: number) => string): number[] {
  const offsetAt = (at: number) => Date.parse(`${clock(at).replace(' ', 'T')}Z`) - at;
  const changes: number[] = [];
  let offset = offsetAt(START);
  for (let at = START; at < END; at += STEP) {
    const next = offsetAt(at + STEP);
    if (next === offset) continue;
    let [before, after] = [at, at + STEP];
    while (after - before > 1_000) {
      const middle = before + Math.floor((after - before) / 2_000) * 1_000;
      if (offsetAt(middle) === offset) before = middle;
      else after = middle;
    }
    changes.push(after);
    offset = next;
  }
  return changes;
}

/** A zone's changes, found once for all of its names. */
const changes = new Map<string, number[]>();
function changesIn(name: string): number[] {
  const zone = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  const found = changes.get(zone) ?? changesOf(clockOf(zone));
  changes.set(zone, found);
  return found;
}

const names = [...new Set([...Intl.supportedValuesOf('timeZone'), ...ALIASES])];

const areaOf = (name: string) => /^(.*?)\//.exec(name)?.[1] ?? '(no area)';
const areas = [...new Set(names.map(areaOf))];

describe.each(areas)('names in %s', (area) => {
  const zones = names.filter((name) => areaOf(name) === area);

  it('has the days that Intl shows, just before, at and after each change from 2000 to 2037', () => {
    const wrong: string[] = [];
    for (const zone of zones) {
      const clock = clockOf(zone);
      for (const change of [...changesIn(zone), utc('2026-07-14T22:30')]) {
        for (const at of [change - 1_000, change - 1, change, change + 1_000, change + 12 * HOUR]) {
          const day = clock(at).slice(0, 10);
          if (dayIn(zone, at) !== day)
            wrong.push(`${zone} ${new Date(at).toISOString()}: ${dayIn(zone, at)}, not ${day}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has stretches in order and without gaps around each change, and each moment is in that of its day', () => {
    const wrong: string[] = [];
    for (const zone of zones) {
      for (const change of changesIn(zone)) {
        const dayAt = (at: number) => dayIn(zone, at);
        const stretches = dayStretches(zone, dayAt(change - DAY), dayAt(change + DAY));
        const problem = problemOf(stretches, dayAt);
        const isInside = (stretches[0]?.from ?? change) < change && change < (stretches.at(-1)?.to ?? change);
        if (problem || !isInside) wrong.push(`${zone} ${new Date(change).toISOString()}: ${problem ?? 'too short'}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** What is wrong with the stretches of some days. */
function problemOf(stretches: ReturnType<typeof dayStretches>, dayAt: (at: number) => string): string | undefined {
  for (const [index, { day, from, to }] of stretches.entries()) {
    const before = stretches[index - 1];
    if (before && before.to !== from) return `${before.to} is not ${from}`;
    if (before?.day === day) return `${day} follows itself`;
    if (from >= to) return `${day} has no length`;
    const wrong = [from, from + 1_000, to - 1_000, to - 1].find((at) => dayAt(at) !== day);
    if (wrong !== undefined) return `${new Date(wrong).toISOString()} is not on ${day}`;
    if (dayAt(from - 1) === day || dayAt(to) === day) return `${day} is longer`;
  }
  return undefined;
}

describe('days', () => {
  const hours = (zone: string, first: string, last = first) =>
    dayStretches(zone, first, last).map(({ day, from, to }) => [day, (to - from) / HOUR]);

  it('has 23 and 25 hours where the clocks change', () => {
    expect(hours('Europe/Berlin', '2026-03-28', '2026-03-30')).toEqual([
      ['2026-03-28', 24],
      ['2026-03-29', 23],
      ['2026-03-30', 24],
    ]);
    expect(hours('CET', '2026-10-25')).toEqual([['2026-10-25', 25]]);
    expect(hours('Africa/Cairo', '2025-04-25')).toEqual([['2025-04-25', 23]]);
    expect(hours('Africa/Casablanca', '2026-02-15')).toEqual([['2026-02-15', 25]]);
    expect(hours('Australia/Lord_Howe', '2026-04-05')).toEqual([['2026-04-05', 24.5]]);
  });

  it('has two stretches where the clocks went back over midnight', () => {
    expect(hours('America/St_Johns', '2010-11-06')).toEqual([
      ['2010-11-06', 24],
      ['2010-11-06', 59 / 60],
    ]);
    expect(hours('America/St_Johns', '2010-11-06', '2010-11-07')).toEqual([
      ['2010-11-06', 24],
      ['2010-11-07', 1 / 60],
      ['2010-11-06', 59 / 60],
      ['2010-11-07', 24],
    ]);
  });

  it('has none where a zone left a day out', () => {
    expect(hours('Pacific/Apia', '2011-12-30')).toEqual([]);
    expect(hours('Pacific/Apia', '2011-12-29', '2011-12-31')).toEqual([
      ['2011-12-29', 24],
      ['2011-12-31', 24],
    ]);
  });

  it('covers some years without a gap', () => {
    for (const zone of ['Europe/Berlin', 'America/St_Johns', 'Africa/Casablanca', 'Pacific/Apia', 'Antarctica/Troll']) {
      const stretches = dayStretches(zone, '2009-01-01', '2014-12-31');
      expect(problemOf(stretches, (at) => dayIn(zone, at))).toBeUndefined();
      expect([stretches[0]?.day, stretches.at(-1)?.day]).toEqual(['2009-01-01', '2014-12-31']);
    }
  });
});

describe('a name', () => {
  it('is of a zone when Intl knows it', () => {
    expect(names.filter((name) => !isTimeZone(name))).toEqual([]);
  });

  it.each(['+02:00', '-0530', '+14', 'UTC+2', 'Moon/Base', '', ' Europe/Berlin', 'Europe/Berlin\n', 'x'.repeat(1_000)])(
    'is none: %j',
    (name) => {
      expect(isTimeZone(name)).toBe(false);
      expect(() => dayIn(name, 0)).toThrow(RangeError);
      expect(() => dayStretches(name, '2026-01-01', '2026-01-02')).toThrow('is not a time zone such as Europe/Berlin');
    },
  );

  it('is none where a host without types gives no text', () => {
    expect([undefined, null, 2, {}].map((name) => Reflect.apply(isTimeZone, undefined, [name]))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
