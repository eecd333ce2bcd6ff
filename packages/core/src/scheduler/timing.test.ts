import { describe, expect, it } from 'vitest';
import { nextSlot } from '../engine/recurrence.js';
import { hashKey, jitterOf } from './jitter.js';
import { nextRuns, type Timed, toRhythm } from './timing.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const utc = (text: string) => new Date(`${text}Z`).getTime();
const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString().slice(0, 16));
const cron = (expression: string, timezone: string): Timed => ({ key: 'k', cron: expression, timezone, jitter: 0 });
const every = (ms: number, more: Partial<Timed> = {}): Timed => ({
  key: 'k',
  every: ms,
  timezone: 'UTC',
  jitter: 0,
  ...more,
});

describe('every', () => {
  it('has its slots since 1970, or since its start, and answers the next one whoever asks', () => {
    const now = utc('2026-03-10T10:20:30');
    expect(iso(nextRuns(every(2 * HOUR), now, 2))).toEqual(['2026-03-10T12:00', '2026-03-10T14:00']);
    const startAt = utc('2026-03-01T00:15');
    expect(iso(nextRuns(every(2 * HOUR, { startAt }), now, 1))).toEqual(['2026-03-10T12:15']);
    expect(iso(nextRuns(every(2 * HOUR, { startAt: utc('2026-04-01T00:15') }), now, 1))).toEqual(['2026-04-01T00:15']);
    const endAt = utc('2026-03-10T14:00');
    expect(iso(nextRuns(every(2 * HOUR, { endAt }), now, 5))).toEqual(['2026-03-10T12:00']);
    expect(nextSlot(toRhythm(every(HOUR)), utc('2026-03-10T10:00'))).toBe(utc('2026-03-10T11:00'));
  });
});

/**
 * What a daily run at 02:30 (or in the hour that the zone changes) does, and an hourly one, at both changes. Zones: one of
 * Europe, one of America, one where the hour is missing at midnight, one whose change is half an hour.
 */
describe('the change of summer time', () => {
  it.each([
    ['Europe/Berlin', '30 2 * * *', '2026-03-28T12:00', ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['Europe/Berlin', '30 2 * * *', '2026-10-24T12:00', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['America/New_York', '30 2 * * *', '2026-03-07T12:00', ['2026-03-08T07:00', '2026-03-09T06:30']],
    ['America/New_York', '30 1 * * *', '2026-10-31T12:00', ['2026-11-01T05:30', '2026-11-02T06:30']],
    // The clocks go from 00:00 to 01:00: the run of that day is not left out.
    ['Africa/Cairo', '0 0 * * *', '2026-04-23T12:00', ['2026-04-23T22:00', '2026-04-24T21:00']],
    ['Africa/Cairo', '30 23 * * *', '2026-10-29T12:00', ['2026-10-29T20:30', '2026-10-30T21:30']],
    ['Australia/Lord_Howe', '15 2 * * *', '2026-10-03T00:00', ['2026-10-03T15:30', '2026-10-04T15:15']],
    ['Australia/Lord_Howe', '45 1 * * *', '2026-04-04T00:00', ['2026-04-04T14:45', '2026-04-05T15:15']],
  ])('in %s, "%s" from %s on: once a day', (zone, expression, from, expected) => {
    expect(iso(nextRuns(cron(expression, zone), utc(from), 2))).toEqual(expected);
  });

  it('moves with its jitter, and keeps its place over the change', () => {
    const timed = { ...cron('0 3 * * *', 'Europe/Berlin'), key: 'shop-7', jitter: HOUR };
    const place = jitterOf('shop-7', HOUR);
    const runs = nextRuns(timed, utc('2026-03-27T12:00'), 4);
    expect(iso(runs.map((at) => at - place))).toEqual([
      '2026-03-28T02:00',
      '2026-03-29T01:00',
      '2026-03-30T01:00',
      '2026-03-31T01:00',
    ]);
  });
});

describe('cron', () => {
  it('knows seconds', () => {
    const runs = nextRuns(cron('*/20 * * * * *', 'UTC'), utc('2026-01-01T00:00:15.500'), 3);
    expect(runs.map((at) => at - utc('2026-01-01T00:00'))).toEqual([20_000, 40_000, 60_000]);
  });

  it('has the same answer in whatever order it is asked', () => {
    const rhythm = toRhythm(cron('0 5 * * *', 'Asia/Tokyo'));
    const start = utc('2026-05-01T00:00');
    const times = Array.from({ length: 50 }, (_, n) => start + ((n * 7_919_333) % (10 * DAY)));
    const alone = times.map((at) => nextRuns({ ...cron('0 5 * * *', 'Asia/Tokyo') }, at, 1)[0]);
    expect([...times].reverse().map((at) => nextSlot(rhythm, at))).toEqual(alone.reverse());
    expect(nextSlot(rhythm, utc('2026-05-01T20:00'))).toBe(utc('2026-05-02T20:00'));
  });
});

describe('jitter', () => {
  it('spreads 10,000 integrations of one rhythm evenly over it, and keeps their places', () => {
    const rhythm = 2 * HOUR;
    const keys = Array.from({ length: 10_000 }, (_, n) => `sync:integration-${n}`);
    const now = utc('2026-06-01T09:00');
    const runs = keys.map((key) => nextRuns(every(rhythm, { key, jitter: rhythm }), now, 1)[0] ?? 0);
    const minutes = new Array(120).fill(0);
    for (const at of runs) minutes[Math.floor((at - now) / 60_000)] += 1;
    // 83 a minute at the mean; of even spreading, 5 standard deviations are 46.
    expect(Math.max(...minutes)).toBeLessThan(130);
    expect(Math.min(...minutes)).toBeGreaterThan(37);
    const seconds = new Map<number, number>();
    for (const at of runs) seconds.set(Math.floor(at / 1_000), (seconds.get(Math.floor(at / 1_000)) ?? 0) + 1);
    expect(Math.max(...seconds.values())).toBeLessThan(12);
    const later = keys.map((key) => nextRuns(every(rhythm, { key, jitter: rhythm }), now + rhythm, 1)[0]);
    expect(later).toEqual(runs.map((at) => at + rhythm));
  });

  it('is the same number for a key in every version', () => {
    expect([hashKey('a'), hashKey('sync:1'), hashKey('')]).toMatchInlineSnapshot(`
      [
        7017527196803520,
        1224006464385748,
        1678316347243033,
      ]
    `);
    expect(jitterOf('a', 0)).toBe(0);
  });

  it('has few equal hashes among many keys', () => {
    const hashes = new Set(Array.from({ length: 100_000 }, (_, n) => hashKey(`k${n}`)));
    expect(hashes.size).toBe(100_000);
  });
});
