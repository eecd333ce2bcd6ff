/** Every time zone that Node knows, at each of its changes from 2000 to 2037. */
import { describe, expect, it } from 'vitest';
import { dayIn, dayStretches, isTimeZone } from './calendar.js';
import { problemOf } from './fixtures/day-stretches.js';

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

it('knows each of them', () => {
  expect(names.filter((name) => !isTimeZone(name))).toEqual([]);
});
