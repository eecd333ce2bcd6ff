import { expect, test } from 'vitest';
import { daysBefore, historyOf, TODAY } from '../fixtures/days.js';
import { findingOf } from '../fixtures/findings.js';
import { METRICS } from '../metrics.js';
import type { InsightMute, InsightVotes, MetricDay } from '../ports.js';
import { importanceOf, worthOf } from './score.js';
import { tell } from './tell.js';

const MONTH = { from: '2026-10-25', to: '2026-11-23' };

const shop = (changes: Partial<MetricDay> = {}) =>
  historyOf(
    daysBefore(TODAY, 200, () => ({
      revenue: 10_000,
      orders: 100,
      newCustomers: 20,
      sessions: 4_000,
      adSpend: 500,
      adRevenue: 2_000,
      ...changes,
    })),
  );

const worth = worthOf(shop());
const certain = { evidence: { p: 1e-9 } };

test('all metrics are measured by the money that depends on them', () => {
  const rounded = [...worth].map(([metric, part]) => [metric, Number(part.toFixed(9))]);
  expect(Object.fromEntries(rounded)).toMatchObject({
    revenue: 1,
    orders: 1,
    sessions: 1,
    conversionRate: 1,
    newCustomers: 0.2,
    adSpend: 0.05,
    clicks: 0.2,
    refunds: 0,
  });
  // Ads alone: by what they sell. No money at all: by the metric itself.
  expect(worthOf(shop({ revenue: 0 })).get('adRevenue')).toBe(1);
  expect(worthOf(shop({ revenue: 0, adSpend: 0, adRevenue: 0 }))).toEqual(new Map());
  const odd = worthOf(shop({ revenue: 1e308 }));
  expect([...odd.values()].every(Number.isFinite)).toBe(true);
  expect([...worthOf(historyOf([])).values()]).toEqual([]);
});

test('more money, more certainty, news, and fewer thumbs down are more important', () => {
  const of = (
    change: number,
    {
      status = 'new',
      p = 1e-9,
      votes = [],
    }: { status?: 'new' | 'changed' | 'over'; p?: number; votes?: InsightVotes[] } = {},
  ) => importanceOf(findingOf('change', 'revenue', change, MONTH, { evidence: { p } }), status, worth, votes);
  const falling = [
    of(-0.4),
    of(-0.2),
    of(-0.2, { p: 0.01 }),
    of(-0.2, { p: 0.01, status: 'changed' }),
    of(-0.2, { p: 0.01, status: 'over' }),
    of(-0.2, { p: 0.01, status: 'over', votes: [{ kind: 'change', up: 0, down: 10 }] }),
  ];
  expect(falling).toEqual(falling.toSorted((one, other) => other - one));
  expect(new Set(falling).size).toBe(falling.length);
  // One thumb does little, and thumbs for another kind nothing.
  expect(of(-0.4, { votes: [{ kind: 'change', up: 0, down: 1 }] })).toBeCloseTo((5 / 6) * of(-0.4), 12);
  expect(of(-0.4, { votes: [{ kind: 'season', up: 0, down: 99 }] })).toBe(of(-0.4));
  expect(of(-0.4, { votes: [{ kind: 'change', up: 90, down: 10 }] })).toBeGreaterThan(0.9 * of(-0.4));
});

test('is a number from 0 to 1, whatever the evidence', () => {
  const odd = [0, -1, 1e15, Number.POSITIVE_INFINITY];
  for (const metric of ['revenue', 'refunds', 'clicks']) {
    for (const change of odd) {
      for (const evidence of [{}, { p: 0 }, { p: 1 }, { p: Number.NaN }, { score: 1e15 }, { score: 0 }]) {
        const importance = importanceOf(findingOf('spike', metric, change, MONTH, { evidence }), 'new', worth, []);
        expect(importance).toBeGreaterThanOrEqual(0);
        expect(importance).toBeLessThanOrEqual(1);
      }
    }
  }
});

test('what is told is in the order of importance, and what is muted is not told', () => {
  const found = [
    findingOf('season', 'revenue', 1, MONTH, certain),
    findingOf('drop', 'refunds', -1, '2026-11-10', certain),
    findingOf('level-shift', 'orders', -0.5, MONTH, certain),
    findingOf('milestone', 'sessions', 0.1, '2026-11-20', certain),
  ];
  const toldWith = (mutes: readonly InsightMute[]) =>
    tell(found, METRICS, shop(), { told: [], mutes, votes: [] }).tellings.map(({ kind }) => kind);
  expect(toldWith([])).toEqual(['level-shift', 'season', 'milestone', 'drop']);
  expect(toldWith([{ metric: 'orders' }])).toEqual(['season', 'milestone', 'drop']);
  expect(toldWith([{ kind: 'season' }])).toEqual(['level-shift', 'milestone', 'drop']);
  expect(toldWith([{ metric: 'orders', kind: 'drop' }, {}])).toHaveLength(4);
  expect(toldWith([{ metric: 'refunds', kind: 'drop' }])).toHaveLength(3);
});

test('a topic whose last insight is muted goes on', () => {
  const change = findingOf('change', 'revenue', -0.5, MONTH, { topic: 'change:revenue:30d' });
  const { evidence } = findingOf('change', 'orders', -0.5, MONTH);
  const before = { kind: 'change', impact: 'medium', status: 'new', period: '30d', createdAt: 1, evidence } as const;
  const told = [{ ...before, topic: 'change:revenue:30d', metric: 'orders' }];
  const fingerprints = [told, []].map(
    (known) =>
      tell([change], METRICS, shop(), { told: known, mutes: [{ metric: 'orders' }], votes: [] }).tellings[0]
        ?.fingerprint,
  );
  expect(fingerprints).toEqual([expect.any(String), expect.any(String)]);
  expect(new Set(fingerprints).size).toBe(2);
});

test('a muted metric is no part of what is told either, and what was told of it is not over', () => {
  const found = ['revenue', 'orders'].map((metric) => findingOf('drop', metric, -0.5, '2026-11-10', certain));
  const { tellings } = tell(found, METRICS, shop(), { told: [], mutes: [{ metric: 'orders' }], votes: [] });
  expect(tellings.map(({ evidence }) => evidence.parts)).toEqual([undefined]);
  const { evidence } = findingOf('change', 'orders', -0.5, MONTH);
  const told = [
    {
      topic: 'change:orders:30d',
      kind: 'change',
      metric: 'orders',
      impact: 'medium',
      status: 'new',
      period: '30d',
      evidence,
      createdAt: 1,
    },
  ] as const;
  expect(tell([], METRICS, shop(), { told, mutes: [{ kind: 'change' }], votes: [] }).tellings).toEqual([]);
  expect(tell([], METRICS, shop(), { told, mutes: [], votes: [] }).tellings).toHaveLength(1);
});
