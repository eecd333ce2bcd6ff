import { describe, expect, test } from 'vitest';
import { shoppingDays } from '../../calendar/shopping-days.js';
import { daysBefore, historyOf, metricOf, TODAY, wiggle } from '../../fixtures/days.js';
import type { History } from '../../history.js';
import { addDays } from '../../periods.js';
import type { Holiday, MetricDay } from '../../ports.js';
import { random } from '../../series/fixtures/random.js';
import { atOnce } from '../../series/pieces.js';
import type { Finding } from '../finding.js';
import { findUnexpected } from './expected-range.js';
import { findByExpectation } from './find-by-expectation.js';
import { judgeMetric } from './judged-metric.js';

type Of = (age: number, day: string) => Partial<MetricDay>;

interface Given {
  readonly names?: readonly string[];
  readonly count?: number;
  readonly history?: Partial<History>;
}

/** All findings by expectation of some metrics. */
function found(of: Of, { names = ['revenue'], count = 400, history }: Given = {}): readonly Finding[] {
  const whole = historyOf(daysBefore(TODAY, count, of), history);
  return atOnce(findByExpectation(names.flatMap((name) => atOnce(judgeMetric(metricOf(name, whole))) ?? [])));
}

/** Kind, first and last day of each. */
const eventsOf = (findings: readonly Finding[]) =>
  findings.map(({ kind, evidence: { window } }) => [kind, window.from, window.to]);

/** Sells half at weekends, and goes up and down by itself. */
function usual(age: number, day: string): number {
  const isWeekend = [0, 6].includes(new Date(day).getUTCDay());
  return Math.round((isWeekend ? 5_000 : 10_000) * (1 + 0.1 * wiggle(age)));
}

/** The holidays of so many years. */
async function holidays(): Promise<readonly Holiday[]> {
  const range = { from: addDays(TODAY, -1_500), to: addDays(TODAY, 366), locale: 'en', timeZone: 'UTC' };
  return shoppingDays().holidays(range);
}

describe('spikes and drops', () => {
  test.each([0.005, 0.02, 0.1])('single refunds of a small shop are none, of which %d a day are made', (share) => {
    const source = random(5);
    const amounts = Array.from({ length: 1_096 }, () =>
      source.uniform() < share ? Math.round(1_500 * Math.exp(2 * source.uniform())) : 0,
    );
    const refunds = (age: number) => ({ refunds: amounts[age] ?? 0 });
    const given = { names: ['refunds'], count: 1_095, history: { period: '1y' } } as const;
    expect(found(refunds, given)).toEqual([]);
    amounts[100] = 200_000;
    expect(eventsOf(found(refunds, given))).toEqual([['spike', addDays(TODAY, -100), addDays(TODAY, -100)]]);
  });

  test('a day that is far from what was expected, with the evidence', () => {
    // 2026-11-17, a Tuesday.
    const findings = found((age, day) => ({ revenue: age === 7 ? 3_000 : usual(age, day) }));
    expect(findings).toMatchObject([
      {
        kind: 'drop',
        topic: 'drop:revenue:2026-11-17',
        impact: 'high',
        evidence: {
          method: 'expected-range',
          unit: 'minor-units',
          currency: 'EUR',
          window: { from: '2026-11-17', to: '2026-11-17' },
          value: 3_000,
          direction: 'down',
        },
      },
    ]);
    const [{ evidence } = { evidence: undefined }] = findings;
    const { expected = 0, lower = 0, upper = 0, score = 0, p = 1, change = 0, series = [] } = evidence ?? {};
    expect(expected).toBeGreaterThan(9_000);
    expect(expected).toBeLessThan(11_000);
    expect(change).toBeCloseTo(3_000 / expected - 1, 3);
    expect(lower).toBeGreaterThan(3_000);
    expect(lower).toBeLessThan(expected);
    expect(upper).toBeGreaterThan(expected);
    expect(score).toBeLessThan(-3.5);
    expect(p).toBeLessThan(0.01);
    // The band of a chart: about 90 days, up to the last.
    expect(series.length).toBeGreaterThanOrEqual(85);
    expect(series.length).toBeLessThanOrEqual(95);
    expect(series.at(-1)?.day).toBe('2026-11-23');
    for (const point of series) {
      expect(point.lower).toBeLessThan(point.expected ?? 0);
      expect(point.upper).toBeGreaterThan(point.expected ?? 0);
    }
    expect(series.find(({ day }) => day === '2026-11-17')).toMatchObject({ value: 3_000, expected, lower, upper });
  });

  test('days in a row are one, with the sums of what was and of what was expected', () => {
    const isDown = (age: number) => age >= 10 && age <= 12;
    const findings = found((age, day) => ({ revenue: isDown(age) ? 1_000 : usual(age, day) }));
    expect(eventsOf(findings)).toEqual([['drop', '2026-11-12', '2026-11-14']]);
    // Thursday, Friday and Saturday.
    expect(findings[0]?.evidence.value).toBe(3_000);
    expect((findings[0]?.evidence.expected ?? 0) / 25_000).toBeCloseTo(1, 1);
  });

  test('days that have held for ten or more up to the last known one are a level, where no step was seen', () => {
    const days = daysBefore(TODAY, 400, (age, day) => ({
      revenue: usual(age, day),
      // The last two days may still change.
      ...(age <= 2 ? { uncertain: ['revenue'] } : {}),
    }));
    const judged = atOnce(judgeMetric(metricOf('revenue', historyOf(days)))) ?? expect.fail('nothing is judged');
    const end = days.length - 3;
    const told = (first: number, last: number) => {
      const values = judged.points.map((point, index) =>
        index >= first && index <= last ? { ...point, amount: 15_000, value: 15_000 } : point,
      );
      const events = { days: [{ first, last, isUp: true, rate: 0.001 }], shifts: [] };
      return findUnexpected({ ...judged, points: values }, events, 0.001);
    };
    const [level] = told(end - 7, end);
    expect(level).toMatchObject({
      kind: 'level-shift',
      topic: `level-shift:revenue:${addDays(TODAY, -10)}`,
      evidence: { window: { from: addDays(TODAY, -10), to: addDays(TODAY, -1) }, value: 15_000, direction: 'up' },
    });
    // Of a day, as of each level.
    expect(level?.evidence.expected).toBeLessThan(10_500);
    expect(told(end - 6, end)).toMatchObject([{ kind: 'spike', evidence: { value: 7 * 15_000 } }]);
    expect(told(end - 10, end - 1)).toMatchObject([{ kind: 'spike', evidence: { value: 10 * 15_000 } }]);
  });

  test('one that still goes on is found on the first morning, and grows', () => {
    for (const length of [1, 2, 4, 6]) {
      const findings = found((age, day) => ({ revenue: age <= length ? 1_000 : usual(age, day) }));
      expect(eventsOf(findings), `${length} days`).toEqual([['drop', addDays(TODAY, -length), '2026-11-23']]);
    }
  });

  test('a weekend is compared with weekends', () => {
    expect(found((age, day) => ({ revenue: usual(age, day) }))).toEqual([]);
    // 2026-11-15, a Sunday, sells as much as two weekdays.
    const findings = found((age, day) => ({ revenue: age === 9 ? 20_000 : usual(age, day) }));
    expect(eventsOf(findings)).toEqual([['spike', '2026-11-15', '2026-11-15']]);
  });

  test('one odd day neither hides the next nor makes others odd', () => {
    const findings = found((age, day) => ({ revenue: age === 14 ? 90_000 : age === 8 ? 30_000 : usual(age, day) }));
    expect(eventsOf(findings)).toEqual([
      ['spike', '2026-11-10', '2026-11-10'],
      ['spike', '2026-11-16', '2026-11-16'],
    ]);
  });

  test('days that are each a little low are one drop', () => {
    const source = random(7);
    const noise = Array.from({ length: 401 }, () => source.normal());
    const isDown = (age: number) => age >= 5 && age <= 11;
    const findings = found((age) => ({
      revenue: Math.round(10_000 + 1_000 * (noise[age] ?? 0) - (isDown(age) ? 2_600 : 0)),
    }));
    expect(findings.map(({ kind }) => kind)).toEqual(['drop']);
    const { from = '', to = '' } = findings[0]?.evidence.window ?? {};
    expect(from >= '2026-11-11' && to <= '2026-11-20').toBe(true);
  });

  test('the same day is the same finding in every period, but those before the period are not told', () => {
    const of: Of = (age, day) => ({ revenue: [14, 60].includes(age) ? 40_000 : usual(age, day) });
    const of30 = found(of);
    const of90 = found(of, { history: { period: '90d', length: 90 } });
    expect(eventsOf(of30)).toEqual([['spike', '2026-11-10', '2026-11-10']]);
    expect(eventsOf(of90).map(([, from]) => from)).toEqual(['2026-09-25', '2026-11-10']);
    expect(of90[1]).toEqual(of30[0]);
  });

  test('what is found of many metrics is corrected for all of them', () => {
    const of: Of = (age, day) => ({ revenue: age === 7 ? 3_000 : usual(age, day), sessions: usual(age + 500, day) });
    const [alone] = found(of);
    const [both] = found(of, { names: ['revenue', 'sessions'] });
    expect(both?.evidence.p).toBeGreaterThan(alone?.evidence.p ?? 1);
  });
});

describe('shifts of the level', () => {
  test('a level that stays is told once, from its first day to the last one', () => {
    const findings = found((age, day) => ({ revenue: usual(age, day) * (age <= 25 ? 0.6 : 1) }));
    expect(findings).toMatchObject([{ kind: 'level-shift', impact: 'high', evidence: { direction: 'down' } }]);
    const { window, value = 0, expected = 0, change } = findings[0]?.evidence ?? {};
    expect(window).toEqual({ from: '2026-10-30', to: '2026-11-23' });
    // Means of the days since then, with and without the shift.
    expect(value / expected).toBeCloseTo(0.6, 1);
    expect(value).toBeGreaterThan(4_000);
    expect(value).toBeLessThan(6_000);
    expect(change).toBeCloseTo(-0.4, 1);
    // The chart has the level before as what was expected.
    const last = findings[0]?.evidence.series.at(-1);
    expect(last?.value ?? 0).toBeLessThan(0.7 * (last?.expected ?? 0));
    expect(last?.expected ?? 0).toBeGreaterThan(9_000);
  });

  test('two shifts each last until the next', () => {
    const level = (age: number) => (age <= 40 ? 1 : age <= 80 ? 1.5 : 1);
    const findings = found((age, day) => ({ revenue: usual(age, day) * level(age) }), {
      history: { period: '90d', length: 90 },
    });
    expect(eventsOf(findings)).toEqual([
      ['level-shift', '2026-09-05', '2026-10-14'],
      ['level-shift', '2026-10-15', '2026-11-23'],
    ]);
    expect(findings.map(({ evidence }) => evidence.ended)).toEqual([true, undefined]);
  });

  test('a level that is back after two weeks was a drop', () => {
    const isDown = (age: number) => age > 10 && age <= 24;
    const findings = found((age, day) => ({ revenue: usual(age, day) * (isDown(age) ? 0.5 : 1) }));
    expect(eventsOf(findings)).toEqual([['drop', '2026-10-31', '2026-11-13']]);
  });

  test('a month that is higher each year is no shift, and one that is in three years only once is', () => {
    const source = random(11);
    const noise = Array.from({ length: 1_462 }, () => 1 + 0.05 * source.normal());
    const of =
      (more: Of): Of =>
      (age, day) => ({
        revenue: Math.round(
          usual(age, day) *
            (noise[age] ?? 1) *
            (['11', '12'].includes(day.slice(5, 7)) ? 1.5 : 1) *
            (more(age, day).revenue ?? 1),
        ),
      });
    const given = { count: 1_461, history: { period: '1y' as const, length: 365 } };
    expect(
      found(
        of(() => ({ revenue: 1 })),
        given,
      ),
    ).toEqual([]);
    const findings = found(
      of((age) => ({ revenue: age <= 200 ? 1.4 : 1 })),
      given,
    );
    expect(eventsOf(findings)).toEqual([['level-shift', addDays(TODAY, -200), '2026-11-23']]);
  });
});

describe('ratios', () => {
  test('a day with few sessions is not judged as one with many', () => {
    const source = random(3);
    const rows = Array.from({ length: 401 }, (_, age) => {
      const sessions = age % 9 === 0 ? 40 : 4_000;
      return { sessions, orders: source.count(0.03 * sessions) };
    });
    const of: Of = (age) => rows[age] ?? {};
    const names = ['conversionRate'];
    expect(found(of, { names })).toEqual([]);
    // 4 % among 4,000 sessions is as far from 3 % as 8 % among 40 is not. Ages of 9 and 10.
    const raised =
      (own: number, orders: number): Of =>
      (age) =>
        age === own ? { ...of(age, ''), orders } : of(age, '');
    expect(found(raised(10, 200), { names })).toMatchObject([
      { kind: 'spike', impact: 'medium', evidence: { unit: 'share', value: 0.05, window: { from: '2026-11-14' } } },
    ]);
    expect(found(raised(9, 3), { names })).toEqual([]);
  });

  test('of a few orders the counts are judged, and several days by the sums', () => {
    const source = random(5);
    const rows = Array.from({ length: 401 }, () => ({ sessions: 100, orders: source.count(2) }));
    const of: Of = (age) => (age === 7 || age === 8 ? { sessions: 150, orders: 24 } : (rows[age] ?? {}));
    const findings = found(of, { names: ['conversionRate'] });
    expect(findings).toMatchObject([
      { kind: 'spike', evidence: { value: 0.16, window: { from: '2026-11-16', to: '2026-11-17' } } },
    ]);
    expect((findings[0]?.evidence.expected ?? 0) / 0.02).toBeCloseTo(1, 0);
  });

  test('days without a denominator are unknown', () => {
    const findings = found((age) => ({ orders: age === 5 ? 60 : 20, sessions: age % 10 === 0 ? 0 : 1_000 }), {
      names: ['conversionRate'],
    });
    expect(findings).toMatchObject([{ kind: 'spike', impact: 'medium', evidence: { value: 0.06, expected: 0.02 } }]);
    expect(JSON.stringify(findings)).not.toContain('NaN');
  });
});

describe('counts near zero', () => {
  test('go up and down by themselves, and thirty orders are a spike', () => {
    const source = random(2);
    const few = Array.from({ length: 401 }, () => source.count(1));
    const names = ['orders'];
    expect(found((age) => ({ orders: few[age] ?? 0 }), { names })).toEqual([]);
    const findings = found((age) => ({ orders: age === 5 ? 30 : (few[age] ?? 0) }), { names });
    expect(findings).toMatchObject([{ kind: 'spike', impact: 'medium', evidence: { value: 30, lower: 0 } }]);
  });

  test('a week without an order is a drop where two a day are usual', () => {
    const source = random(9);
    const few = Array.from({ length: 401 }, () => source.count(2.5));
    const findings = found((age) => ({ orders: age <= 7 ? 0 : (few[age] ?? 0) }), { names: ['orders'] });
    expect(findings.map(({ kind, evidence }) => [kind, evidence.direction])).toEqual([
      [expect.stringMatching(/drop|level-shift/), 'down'],
    ]);
  });
});

describe('holidays', () => {
  const year = (day: string) => Number(day.slice(0, 4));
  const blackFridays = ['2023-11-24', '2024-11-29', '2025-11-28'];
  const given = async (names = ['revenue']) => ({
    ...{ names, count: 1_100 },
    history: { period: '1y' as const, length: 365, holidays: await holidays() },
  });

  test('what a movable holiday did in earlier years is no anomaly, but what it has done is told', async () => {
    const of: Of = (age, day) => ({
      revenue: usual(age, day) * (blackFridays.includes(day) ? year(day) - 2_022.5 + 1 : 1),
    });
    const findings = found(of, await given());
    expect(findings).toMatchObject([
      {
        kind: 'holiday',
        topic: 'holiday:revenue:black-friday:2025-11-28',
        impact: 'low',
        evidence: {
          window: { from: '2025-11-28', to: '2025-11-28' },
          direction: 'up',
          holiday: { name: 'Black Friday', day: '2025-11-28', before: { day: '2024-11-29' } },
        },
      },
    ]);
    const { holiday, value = 0, expected = 1 } = findings[0]?.evidence ?? {};
    expect(value / expected).toBeCloseTo(3.5, 0);
    expect(holiday?.factor).toBeCloseTo(value / expected, 1);
    expect(holiday?.before?.factor).toBeCloseTo(2.5, 0);
  });

  test('without a calendar the same days are spikes', async () => {
    const of: Of = (age, day) => ({ revenue: usual(age, day) * (blackFridays.includes(day) ? 3 : 1) });
    const { history, ...rest } = await given();
    expect(eventsOf(found(of, { ...rest, history: { ...history, holidays: [] } }))).toEqual([
      ['spike', '2025-11-28', '2025-11-28'],
    ]);
  });

  test('a drop on a holiday is found, and names it', async () => {
    const of: Of = (age, day) => ({
      revenue: day === '2025-11-28' ? 500 : usual(age, day) * (blackFridays.includes(day) ? 2.5 : 1),
    });
    expect(found(of, await given())).toMatchObject([
      { kind: 'drop', evidence: { value: 500, holiday: { day: '2025-11-28', name: 'Black Friday' } } },
    ]);
  });

  test('one that is seen for the first time may do much, and not all', async () => {
    const [short, christmas] = [{ ...(await given()), count: 360 }, ['2025-12-24', '2025-12-25', '2025-12-26']];
    const of =
      (factor: number): Of =>
      (age, day) => ({ revenue: usual(age, day) * (christmas.includes(day) ? factor : 1) });
    expect(found(of(0.4), short).filter(({ kind }) => kind !== 'holiday')).toEqual([]);
    expect(eventsOf(found(of(0.05), short).filter(({ kind }) => kind !== 'holiday'))).toEqual([
      ['drop', '2025-12-24', '2025-12-26'],
    ]);
  });

  test('of several metrics a holiday is told of one, and holidays in a row once', async () => {
    const christmas = ['12-24', '12-25', '12-26'];
    const of: Of = (age, day) => {
      const revenue = usual(age, day) * (christmas.includes(day.slice(5)) ? 0.3 : 1);
      return { revenue, orders: Math.round(revenue / 50), sessions: Math.round(revenue / 2) };
    };
    const findings = found(of, await given(['revenue', 'orders', 'sessions']));
    expect(findings.map(({ kind, metric }) => [kind, metric.name])).toEqual([['holiday', 'revenue']]);
    expect(findings[0]?.evidence).toMatchObject({
      direction: 'down',
      window: { from: expect.stringMatching(/^2025-12-2[456]$/) },
    });
  });
});

describe('variance', () => {
  test('days that differ three times as much as before are told, at low impact', () => {
    const source = random(6);
    const noise = Array.from({ length: 401 }, () => source.normal());
    const of: Of = (age) => ({ revenue: Math.round(10_000 * (1 + (age <= 80 ? 0.12 : 0.03) * (noise[age] ?? 0))) });
    const findings = found(of, { history: { period: '90d', length: 90 } }).filter(({ kind }) => kind === 'variance');
    expect(findings).toMatchObject([
      {
        kind: 'variance',
        impact: 'low',
        evidence: { method: 'residual-spread', unit: 'minor-units', direction: 'up' },
      },
    ]);
    const { value = 0, expected = 0, window } = findings[0]?.evidence ?? {};
    expect(value / expected).toBeGreaterThan(2);
    expect(value).toBeGreaterThan(600);
    expect(value).toBeLessThan(2_400);
    expect(window?.to).toBe('2026-11-23');
    expect(Math.abs(Date.parse(window?.from ?? '') - Date.parse('2026-09-05'))).toBeLessThan(20 * 86_400_000);
  });

  test('neither noise nor a spike is a change of variance', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const source = random(seed);
      const noise = Array.from({ length: 401 }, () => source.student(4));
      const of: Of = (age) => ({ revenue: Math.round(10_000 * (1 + 0.05 * (noise[age] ?? 0))) });
      expect(found(of, { history: { period: '90d', length: 90 } }).filter(({ kind }) => kind === 'variance')).toEqual(
        [],
      );
    }
  });
});

describe('what is not known', () => {
  test('days that are not final are neither judged nor judged by', () => {
    const outage: Of = (age, day) => {
      const isOut = age <= 3 || (age > 20 && age < 40);
      return { revenue: isOut ? 0 : usual(age, day), uncertain: isOut ? ['revenue'] : [] };
    };
    expect(found(outage)).toEqual([]);
    const findings = found((age, day) => ({ ...outage(age, day), ...(age === 7 ? { revenue: 2_000 } : {}) }));
    expect(eventsOf(findings)).toEqual([['drop', '2026-11-17', '2026-11-17']]);
    const point = findings[0]?.evidence.series.find(({ day }) => day === '2026-11-03');
    expect(point).toMatchObject({ value: null, expected: expect.any(Number) });
  });

  test('a gap within a drop does not end it', () => {
    const of: Of = (age, day) => ({
      revenue: age >= 8 && age <= 12 ? 500 : usual(age, day),
      uncertain: age === 10 ? ['revenue'] : [],
    });
    const findings = found(of);
    expect(eventsOf(findings)).toEqual([['drop', '2026-11-12', '2026-11-16']]);
    // Four days are known.
    expect(findings[0]?.evidence.value).toBe(2_000);
  });

  test('the time before the first figure is no level', () => {
    const young =
      (days: number): Of =>
      (age, day) => ({ revenue: age > days ? 0 : usual(age, day) });
    for (const days of [1, 5, 13, 14, 30, 60, 150]) expect(found(young(days)), `${days} days`).toEqual([]);
  });

  test('refunds that are still to come are no drop', () => {
    const of: Of = (age) => ({ refunds: Math.round((1_000 + 100 * wiggle(age)) * Math.min(1, age / 18)) });
    expect(found(of, { names: ['refunds'] })).toEqual([]);
    const more: Of = (age) => (age === 5 ? { refunds: 9_000 } : of(age, ''));
    expect(found(more, { names: ['refunds'] })).toMatchObject([{ kind: 'spike', evidence: { value: 9_000 } }]);
  });
});

test('ugly input gives no finding that is none, and never NaN', () => {
  const names = ['revenue', 'orders', 'conversionRate', 'averageOrderValue', 'returnOnAdSpend'];
  const ugly: Record<string, Of> = {
    zeros: () => ({}),
    constant: () => ({ revenue: 500, orders: 5, sessions: 100, adSpend: 10, adRevenue: 20 }),
    negative: (age) => ({ revenue: -500 + Math.round(10 * wiggle(age)), orders: 3 }),
    huge: (age) => ({ revenue: 1e15 + Math.round(1e14 * wiggle(age)), orders: 1e15, sessions: 1e15 }),
    alternating: (age) => ({ revenue: age % 2 === 0 ? 1e9 : 0, orders: age % 2 }),
    'one day': (age) => (age === 1 ? { revenue: 1, orders: 1, sessions: 1 } : {}),
    'two currencies': (age, day) => ({ revenue: usual(age, day), currency: age % 3 === 0 ? 'USD' : 'EUR' }),
    'a sale in a year': (age) => (age === 100 ? { revenue: 4_900, orders: 1, sessions: 20 } : { sessions: 20 }),
  };
  for (const [name, of] of Object.entries(ugly)) {
    for (const count of name === 'huge' ? [0, 1, 20, 1_461] : [0, 1, 20, 200]) {
      const findings = found(of, { names, count, history: { period: '1y', length: 365 } });
      expect(findings.length, `${name}, ${count} days`).toBeLessThanOrEqual(3);
      expect(JSON.stringify(findings), `${name}, ${count} days`).not.toMatch(
        /NaN|Infinity|"(?:value|expected|score|p)":null/,
      );
    }
  }
  for (const value of [1, 500, -500, 1e15]) expect(found(() => ({ revenue: value }))).toEqual([]);
  // One that was constant so far.
  expect(found((age) => ({ revenue: age === 5 ? 1_000 : 500 }))).toMatchObject([
    { kind: 'spike', evidence: { change: 1 } },
  ]);
  expect(found((age) => ({ revenue: age === 5 ? 540 : 500 }))).toEqual([]);
  // No percentage where 0 is expected.
  const [lone] = found((age) => ({ orders: age === 5 ? 40 : age === 399 ? 1 : 0 }), { names: ['orders'] });
  expect(lone).toMatchObject({ kind: 'spike', impact: 'medium', evidence: { value: 40 } });
});
