import { describe, expect, it } from 'vitest';
import { dayIn, dayStretches, isTimeZone } from './calendar.js';
import { problemOf } from './fixtures/day-stretches.js';

const HOUR = 3_600_000;

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
  it.each(['Europe/Berlin', 'CET', 'EST5EDT', 'UTC', 'Etc/GMT-14', 'Asia/Calcutta', 'europe/berlin'])(
    'is of a zone: %s',
    (name) => {
      expect(isTimeZone(name)).toBe(true);
    },
  );

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
