import { expect, test } from 'vitest';
import type { Finding } from '../findings/finding.js';
import { CALENDAR, daysBefore, historyOf, TODAY } from '../fixtures/days.js';
import { findingOf } from '../fixtures/findings.js';
import { METRICS } from '../metrics.js';
import { addDays } from '../periods.js';
import type { MetricDay, ToldInsight } from '../ports.js';
import type { InsightPeriod } from '../queue.js';
import { tell } from './tell.js';

const MONTH = { from: '2026-10-25', to: '2026-11-23' };
const BEFORE = { from: '2026-09-25', to: '2026-10-24' };

const changeOf = (metric: string, change: number, more: Partial<Finding> = {}) =>
  findingOf('change', metric, change, MONTH, {
    topic: `change:${metric}:30d`,
    ...more,
    evidence: { before: BEFORE, ...more.evidence },
  });

const steady = daysBefore(TODAY, 200, () => ({ revenue: 10_000, orders: 100, sessions: 1_000 }));

interface Given {
  readonly told?: readonly ToldInsight[];
  readonly period?: InsightPeriod;
  readonly days?: readonly MetricDay[];
  readonly metrics?: readonly string[];
  readonly today?: { readonly today: string; readonly told: number };
}

/** One run after the other, as the store keeps what they tell. */
function run(found: readonly Finding[], { told = [], period = '30d', days = steady, metrics, today }: Given = {}) {
  const calendar = { ...CALENDAR, ...(today ? { today: today.today } : {}) };
  const chosen = METRICS.filter(({ name }) => metrics?.includes(name) ?? true);
  const { tellings, unchanged } = tell(found, chosen, historyOf(days, { period, calendar }), {
    told,
    mutes: [],
    votes: [],
  });
  const last = new Map(told.map((one) => [one.topic, one]));
  for (const { topic, kind, metric, impact, status, evidence } of tellings) {
    const createdAt = today?.told ?? (last.get(topic)?.createdAt ?? 0) + 1;
    last.set(topic, { topic, kind, metric: metric.name, impact, status, evidence, period, createdAt });
  }
  return {
    tellings,
    statuses: tellings.map(({ status, kind, metric }) => `${status} ${kind} ${metric.name}`),
    unchanged,
    told: [...last.values()],
  };
}

test('what was told is not told again while nothing has changed, is told as changed when it has, and as over', () => {
  const first = run([changeOf('revenue', -0.4)]);
  expect(first).toMatchObject({ statuses: ['new change revenue'], unchanged: 0 });
  const same = run([changeOf('revenue', -0.44)], first);
  expect(same).toMatchObject({ statuses: [], unchanged: 1 });
  const worse = run([changeOf('revenue', -0.55)], same);
  expect(worse).toMatchObject({ statuses: ['changed change revenue'], unchanged: 0 });
  expect(worse.tellings[0]?.evidence.previous).toMatchObject({ at: 1, change: -0.4, window: MONTH });
  const over = run([], worse);
  expect(over.statuses).toEqual(['over change revenue']);
  expect(over.tellings[0]).toMatchObject({
    topic: 'change:revenue:30d',
    impact: 'low',
    evidence: {
      value: 300_000,
      expected: 300_000,
      change: 0,
      previous: { change: -0.55 },
      window: MONTH,
      before: BEFORE,
    },
  });
  expect(run([], over)).toMatchObject({ statuses: [], unchanged: 0 });
  const again = run([changeOf('revenue', -0.4)], over);
  expect(again.statuses).toEqual(['new change revenue']);
  expect(new Set([first, worse, over, again].map(({ tellings }) => tellings[0]?.fingerprint)).size).toBe(4);
});

test('a small change counts by points, and the other direction is always another matter', () => {
  const told = run([changeOf('revenue', 0.06)]);
  expect(run([changeOf('revenue', 0.1)], told).statuses).toEqual([]);
  expect(run([changeOf('revenue', 0.12)], told).statuses).toEqual(['changed change revenue']);
  const small = run([changeOf('revenue', 0.02)]);
  expect(run([changeOf('revenue', -0.02)], small).statuses).toEqual(['changed change revenue']);
});

test('where 0 was expected the values count', () => {
  const zero = (value: number) =>
    changeOf('refunds', 1, { evidence: { ...changeOf('refunds', 1).evidence, value, expected: 0 } });
  const without = (value: number): Finding => {
    const { change: _, ...evidence } = zero(value).evidence;
    return { ...zero(value), evidence };
  };
  const told = run([without(100)]);
  expect(run([without(120)], told).statuses).toEqual([]);
  expect(run([without(130)], told).statuses).toEqual(['changed change refunds']);
});

test('an event is told once in all periods, also where its days are known better later', () => {
  const drop = findingOf('drop', 'orders', -0.7, '2026-11-17');
  const told = run([drop]);
  for (const period of ['7d', '90d', '1y'] as const) {
    expect(run([drop], { ...told, period })).toMatchObject({ statuses: [], unchanged: 1 });
  }
  // It leaves the days that are judged, and is not over: it has happened.
  expect(run([], told)).toMatchObject({ statuses: [], unchanged: 0 });
  const shift = (from: string, change = -0.4) => findingOf('level-shift', 'orders', change, { from, to: '2026-11-23' });
  const shifted = run([shift('2026-11-10')]);
  expect(run([shift('2026-11-12')], shifted)).toMatchObject({ statuses: [], unchanged: 1 });
  expect(run([shift('2026-11-21')], shifted).statuses).toEqual(['new level-shift orders']);
  expect(run([shift('2026-11-12', 0.4)], shifted).statuses).toEqual(['new level-shift orders']);
});

test('a drop that turns out to be a level shift, and one that goes on and on, have changed', () => {
  const drop = (days: number) =>
    findingOf('drop', 'orders', -0.5, { from: '2026-11-10', to: addDays('2026-11-10', days - 1) });
  let told = run([drop(1)]);
  const statuses: string[] = [];
  for (const days of [1, 2, 3, 4, 5, 6, 7, 8]) {
    told = run([drop(days)], told);
    statuses.push(...told.statuses.map((status) => `${days}: ${status}`));
  }
  expect(statuses).toEqual(['2: changed drop orders', '4: changed drop orders', '8: changed drop orders']);
  const shift = run([findingOf('level-shift', 'orders', -0.5, { from: '2026-11-10', to: '2026-11-23' })], told);
  expect(shift.statuses).toEqual(['changed level-shift orders']);
  expect(
    run([findingOf('level-shift', 'orders', -0.5, { from: '2026-11-10', to: '2026-11-24' })], shift).statuses,
  ).toEqual([]);
});

test('reports a past spike again when its value has changed, and not when only its expectation has', () => {
  const spike = (days: number, value: number, expected: number) =>
    findingOf(
      'spike',
      'newCustomers',
      value / expected - 1,
      { from: '2026-11-07', to: addDays('2026-11-07', days - 1) },
      { evidence: { value, expected } },
    );
  const told = run([spike(3, 75, 26)]);
  for (const later of [spike(3, 75, 40), spike(2, 52, 24), spike(3, 76, 20)]) {
    expect(run([later], told)).toMatchObject({ statuses: [], unchanged: 1 });
  }
  expect(run([spike(3, 110, 26)], told).statuses).toEqual(['changed spike newCustomers']);
  expect(run([spike(9, 225, 78)], told).statuses).toEqual(['changed spike newCustomers']);
});

test('another one of those that moved together may lead', () => {
  const told = run([changeOf('revenue', -0.3), changeOf('orders', -0.3), changeOf('sessions', -0.3)]);
  expect(told.tellings).toHaveLength(1);
  const rest = run([changeOf('orders', -0.31), changeOf('sessions', -0.3)], told);
  expect(rest).toMatchObject({ statuses: [], unchanged: 1 });
  expect(run([changeOf('orders', -0.5), changeOf('sessions', -0.3)], told).statuses).toEqual(['changed change orders']);
  // Money has joined: it matters more than what was told.
  const small = run([changeOf('orders', -0.3, { impact: 'medium' })]);
  const more = run([changeOf('revenue', -0.3, { impact: 'high' }), changeOf('orders', -0.3)], small);
  expect(more.statuses).toEqual(['changed change revenue']);
  expect(run([changeOf('revenue', -0.3, { impact: 'high' })], more)).toMatchObject({ statuses: [], unchanged: 1 });
});

test('a change of a period that was told as an event comes and goes with its days unsaid', () => {
  const spike = findingOf('spike', 'orders', 4, { from: '2026-10-10', to: '2026-10-12' });
  const told = run([spike]);
  const echo = changeOf('orders', -0.3);
  expect(run([echo], told)).toMatchObject({ statuses: [], unchanged: 1 });
  expect(run([changeOf('orders', -0.9)], told).statuses).toEqual(['new change orders']);
  // Also where the change was told before the event was.
  const both = run([findingOf('level-shift', 'orders', -0.4, MONTH)], run([changeOf('orders', -0.1)]));
  expect(run([changeOf('orders', -0.4)], both)).toMatchObject({ statuses: [], unchanged: 1 });
});

test('a state is over only where its metric was looked at, is known, and in its own period', () => {
  const told = run([
    changeOf('revenue', -0.4),
    findingOf('missing-data', 'sessions', -1, '2026-11-20', { topic: 'missing-data:g' }),
  ]);
  expect(told.tellings).toHaveLength(2);
  expect(run([], { ...told, metrics: ['orders'] }).statuses).toEqual([]);
  expect(run([], { ...told, period: '7d' }).statuses).toEqual([]);
  expect(run([], { ...told, period: '90d' }).statuses).toEqual(['over missing-data sessions']);
  const unknown = steady.map((day, index) => (index > 180 ? { ...day, uncertain: ['revenue', 'sessions'] } : day));
  expect(run([], { ...told, days: unknown }).statuses).toEqual([]);
  expect(run([], told).statuses.toSorted()).toEqual(['over change revenue', 'over missing-data sessions']);
  // A part of something else goes on.
  const shift = findingOf('level-shift', 'revenue', -0.4, MONTH);
  expect(run([shift, changeOf('revenue', -0.4)], run([changeOf('revenue', -0.4)])).statuses).toEqual([
    'new level-shift revenue',
  ]);
});

test('a fault is over when its days have ended, and stays so while they are looked at', () => {
  const silent = (from: string, to: string) =>
    findingOf('silent-platform', 'orders', -1, { from, to }, { topic: `silent-platform:${from}` });
  const day = (today: string, found: Finding[], told: readonly ToldInsight[]) =>
    run(found, {
      told,
      days: daysBefore(today, 200, () => ({ revenue: 10_000, orders: 100 })),
      today: { today, told: Date.parse(`${today}T12:00:00Z`) },
    });
  const first = day('2026-11-13', [silent('2026-11-10', '2026-11-12')], []);
  expect(first.statuses).toEqual(['new silent-platform orders']);
  const goesOn = day('2026-11-15', [silent('2026-11-10', '2026-11-14')], first.told);
  expect(goesOn).toMatchObject({ statuses: [], unchanged: 1 });
  const ended = day('2026-11-18', [silent('2026-11-10', '2026-11-14')], goesOn.told);
  expect(ended.statuses).toEqual(['over silent-platform orders']);
  expect(ended.tellings[0]).toMatchObject({
    impact: 'low',
    evidence: { window: { to: '2026-11-14' }, previous: { window: { to: '2026-11-12' } } },
  });
  expect(day('2026-11-20', [silent('2026-11-10', '2026-11-14')], ended.told)).toMatchObject({
    statuses: [],
    unchanged: 1,
  });
  expect(day('2026-12-20', [], ended.told).statuses).toEqual([]);
  const again = day('2026-11-25', [silent('2026-11-10', '2026-11-14'), silent('2026-11-22', '2026-11-24')], ended.told);
  expect(again).toMatchObject({ statuses: ['new silent-platform orders'], unchanged: 1 });
  // Told when it had ended already: there is no more to say.
  const late = day('2026-11-24', [silent('2026-11-10', '2026-11-14')], []);
  expect(day('2026-11-25', [silent('2026-11-10', '2026-11-14')], late.told)).toMatchObject({
    statuses: [],
    unchanged: 1,
  });
});

test('a record of another day, and a turning point of another time, are new though their topic is the same', () => {
  const record = (day: string, metric = 'revenue') =>
    findingOf('record', metric, 2, day, {
      topic: `record:${metric}:highest`,
      evidence: { record: { of: 'highest', since: '2024-01-01' } },
    });
  const told = run([record('2026-11-10')]);
  expect(run([record('2026-11-10')], told).statuses).toEqual([]);
  expect(
    run([record('2026-11-10', 'orders')], run([record('2026-11-10'), record('2026-11-10', 'orders')])).statuses,
  ).toEqual([]);
  expect(run([record('2026-11-20')], told).statuses).toEqual(['new record revenue']);
  const turn = (day: string) => findingOf('turning-point', 'revenue', 0.3, day, { topic: 'turning-point:revenue:30d' });
  const turned = run([turn('2026-10-30')]);
  expect(run([turn('2026-11-05')], turned).statuses).toEqual([]);
  expect(run([turn('2026-11-20')], turned).statuses).toEqual(['new turning-point revenue']);
});

test('a target has changed when its status has, and is not over by itself', () => {
  const target = (status: 'on-track' | 'at-risk', change: number) =>
    findingOf('target', 'revenue', change, MONTH, {
      topic: 'target:1',
      evidence: {
        target: { window: MONTH, wanted: 1_000, outlook: 1_000 * (1 + change), lower: 0, upper: 2_000, status },
      },
    });
  const told = run([target('on-track', 0.01)]);
  expect(run([target('on-track', 0.03)], told).statuses).toEqual([]);
  expect(run([target('at-risk', 0)], told).statuses).toEqual(['changed target revenue']);
  expect(run([], told).statuses).toEqual([]);
});

test('days that differ more since a day are not over when that day is looked at no more', () => {
  const variance = (from: string) =>
    findingOf('variance', 'revenue', 1.5, { from, to: '2026-11-23' }, { topic: `variance:revenue:${from}` });
  const told = run([variance('2026-11-10')]);
  expect(run([variance('2026-11-12')], told)).toMatchObject({ statuses: [], unchanged: 1 });
  expect(run([], told).statuses).toEqual(['over variance revenue']);
  expect(run([], run([variance('2026-10-01')])).statuses).toEqual([]);
});

test('a fault that is not found any more is over with the figures of its own days, and not with those of a period', () => {
  const days = { from: '2026-11-17', to: '2026-11-20' };
  const changes = { topic: 'missing-data:g', evidence: { method: 'coverage', value: 0, expected: 390 } } as const;
  const told = run([findingOf('missing-data', 'orders', -1, days, changes)]);
  const [over] = run([], told).tellings;
  expect(over).toMatchObject({ kind: 'missing-data', status: 'over', impact: 'low' });
  expect(over?.evidence).toMatchObject({
    ...{ method: 'coverage', window: days, value: 400, expected: 390, change: 0.025641, direction: 'up' },
    previous: { window: days, value: 0, expected: 390 },
  });
  expect(over?.evidence).not.toHaveProperty('before');
  // A part of the days is still unknown: what there is can't be compared with what was expected of all.
  const open = steady.map((one) => (one.day === days.to ? { ...one, uncertain: ['orders'] } : one));
  const [some] = run([], { ...told, days: open }).tellings;
  expect(some?.evidence).toMatchObject({ window: days, value: 300, expected: 390 });
  expect(some?.evidence).not.toHaveProperty('change');
});

test('days without data that have left the period are not over: they are not looked at', () => {
  const gap = findingOf('missing-data', 'sessions', -1, '2026-10-20', { topic: 'missing-data:g' });
  expect(run([], run([gap]))).toMatchObject({ statuses: [] });
});

test('a season of the week and one of the year are two, and change with their figures alone', () => {
  const season = (of: 'week' | 'year', change: number) =>
    findingOf('season', 'revenue', change, MONTH, {
      topic: `season:revenue:${of}`,
      evidence: { season: { of, high: { at: 1, factor: 1 + change }, low: { at: 2, factor: 0.5 } } },
    });
  const week = run([season('week', 0.5)]);
  const both = run([season('week', 0.52), season('year', 0.5)], week);
  expect(both).toMatchObject({ statuses: ['new season revenue'], unchanged: 1 });
  expect(run([], both).statuses).toEqual([]);
});

test('a window that slides day by day makes no news of the same change', () => {
  let told = run([changeOf('revenue', -0.4)]);
  let count = 0;
  for (let day = 1; day <= 30; day++) {
    const window = { from: addDays(MONTH.from, day), to: addDays(MONTH.to, day) };
    const wobble = -0.4 + 0.06 * Math.sin(day);
    told = run(
      [findingOf('change', 'revenue', wobble, window, { topic: 'change:revenue:30d', evidence: { before: BEFORE } })],
      told,
    );
    count += told.tellings.length;
  }
  expect(count).toBe(0);
});

test('a store that does not know what was told keeps each figure once', () => {
  const known = { told: undefined, mutes: [], votes: [] };
  const history = historyOf(steady);
  const fingerprints = [-0.4, -0.4, -0.41].map(
    (change) => tell([changeOf('revenue', change)], METRICS, history, known).tellings[0]?.fingerprint,
  );
  expect(fingerprints[0]).toBe(fingerprints[1]);
  expect(fingerprints[0]).not.toBe(fingerprints[2]);
});
