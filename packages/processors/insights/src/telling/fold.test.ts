import { expect, test } from 'vitest';
import type { Finding } from '../findings/finding.js';
import { findingOf } from '../fixtures/findings.js';
import { fold } from './fold.js';

const MONTH = { from: '2026-10-25', to: '2026-11-23' };
const BEFORE = { from: '2026-09-25', to: '2026-10-24' };
const before = { evidence: { before: BEFORE } };

/** The kinds and metrics, the one that is told first. */
const shown = (findings: readonly Finding[]) =>
  findings.map(({ kind, metric, evidence: { parts = [] } }) => [
    `${kind} ${metric.name}`,
    ...parts.map((part) => `${part.kind} ${part.metric}`),
  ]);

test('what moved for one cause on the same days is one finding, money first', () => {
  const folded = fold([
    findingOf('spike', 'sessions', 2, { from: '2026-11-09', to: '2026-11-11' }, { evidence: { score: 14 } }),
    findingOf('drop', 'conversionRate', -0.2, '2026-11-10', { evidence: { score: -20 } }),
    findingOf('spike', 'orders', 1.5, '2026-11-10', { evidence: { score: 9 } }),
    findingOf('spike', 'revenue', 1.5, '2026-11-10', { impact: 'high', evidence: { score: 8 } }),
  ]);
  expect(shown(folded)).toEqual([['spike revenue', 'spike orders', 'spike sessions', 'drop conversionRate']]);
  expect(folded[0]).toMatchObject({ impact: 'high', evidence: { parts: [{ unit: 'count', change: 1.5 }, {}, {}] } });
});

test('a ratio leads alone, and where none of its figures has moved', () => {
  const rate = findingOf('drop', 'conversionRate', -0.4, '2026-11-10', { evidence: { score: -9 } });
  expect(shown(fold([rate]))).toEqual([['drop conversionRate']]);
  const sessions = findingOf('spike', 'sessions', 2, '2026-11-10', { evidence: { score: 4 } });
  expect(shown(fold([rate, sessions]))).toEqual([['spike sessions', 'drop conversionRate']]);
});

test('the kind is that of the strongest: a level shift that another metric shows as a drop so far', () => {
  const shift = findingOf(
    'level-shift',
    'orders',
    -0.4,
    { from: '2026-11-10', to: '2026-11-23' },
    { evidence: { score: -30 } },
  );
  const drop = findingOf(
    'drop',
    'revenue',
    -0.4,
    { from: '2026-11-11', to: '2026-11-13' },
    { evidence: { score: -5 } },
  );
  expect(shown(fold([drop, shift]))).toEqual([['level-shift orders', 'drop revenue']]);
});

test('what leads is told on the days of the strongest, and not on those of what follows it', () => {
  const folded = fold([
    findingOf(
      'spike',
      'adRevenue',
      0.8,
      { from: '2026-11-11', to: '2026-11-23' },
      { impact: 'high', evidence: { score: 10 } },
    ),
    findingOf('spike', 'orders', 1.5, '2026-11-10', { evidence: { score: 12 } }),
    findingOf('spike', 'sessions', 1.5, '2026-11-10', { evidence: { score: 31 } }),
  ]);
  expect(shown(folded)).toEqual([['spike orders', 'spike adRevenue', 'spike sessions']]);
  expect(folded[0]).toMatchObject({ impact: 'high', evidence: { window: { from: '2026-11-10', to: '2026-11-10' } } });
});

test('other days, other directions and metrics that have nothing to do with each other stay apart', () => {
  const apart = [
    findingOf('spike', 'revenue', 1, '2026-11-10'),
    findingOf('spike', 'orders', 1, '2026-11-16'),
    findingOf('drop', 'newCustomers', -0.5, '2026-11-10'),
    findingOf('spike', 'adSpend', 4, '2026-11-10'),
    findingOf('change', 'sessions', 0.5, MONTH),
  ];
  expect(shown(fold(apart))).toHaveLength(5);
});

test('the changes of a period that go together are one, whatever their order', () => {
  const changes = [
    findingOf('change', 'sessions', 0.3, MONTH, before),
    findingOf('change', 'adSpend', -0.5, MONTH, before),
    findingOf('change', 'orders', 0.3, MONTH, before),
    findingOf('change', 'clicks', -0.4, MONTH, before),
    findingOf('change', 'revenue', 0.3, MONTH, before),
    findingOf('change', 'impressions', -0.4, MONTH, before),
  ];
  const expected = [
    ['change adSpend', 'change clicks', 'change impressions'],
    ['change revenue', 'change orders', 'change sessions'],
  ];
  for (const given of [changes, changes.toReversed()]) {
    expect(shown(fold(given)).sort()).toEqual(expected);
  }
});

test('the one of the highest impact leads where money has hardly moved', () => {
  const revenue = findingOf('change', 'revenue', -0.06, MONTH, { ...before, impact: 'low' });
  const orders = findingOf('change', 'orders', -0.4, MONTH, { ...before, impact: 'medium' });
  expect(shown(fold([revenue, orders]))).toEqual([['change orders', 'change revenue']]);
});

test('a change of a period that an event explains is a part of it, in both periods', () => {
  // Three days of five times the orders are 40 % of a month.
  const change = findingOf('change', 'orders', 0.41, MONTH, before);
  const spike = findingOf('spike', 'orders', 4, { from: '2026-11-10', to: '2026-11-12' });
  expect(shown(fold([change, spike]))).toEqual([['spike orders', 'change orders']]);
  // The month before had it, so this one has less.
  const less = findingOf('change', 'orders', -0.3, MONTH, before);
  const earlier = findingOf('spike', 'orders', 4, { from: '2026-10-10', to: '2026-10-12' });
  expect(shown(fold([less, earlier]))).toEqual([['spike orders', 'change orders']]);
  // One day of half more is no reason for it.
  expect(fold([change, findingOf('spike', 'orders', 0.5, '2026-11-10')])).toHaveLength(2);
  // Nor does a spike lower a period.
  expect(fold([less, spike])).toHaveLength(2);
});

test('a level shift explains the change since then, its trend, and the turning point beside it', () => {
  const shift = findingOf('level-shift', 'revenue', -0.4, { from: '2026-11-03', to: MONTH.to }, { impact: 'high' });
  const folded = fold([
    findingOf('change', 'revenue', -0.28, MONTH, before),
    findingOf('change', 'orders', -0.28, MONTH, before),
    findingOf('trend', 'revenue', -0.3, MONTH),
    findingOf('turning-point', 'revenue', -0.3, '2026-10-31'),
    shift,
    findingOf('trend', 'refunds', 0.5, MONTH),
  ]);
  expect(shown(folded)).toEqual([
    ['level-shift revenue', 'change revenue', 'trend revenue', 'turning-point revenue', 'change orders'],
    ['trend refunds'],
  ]);
});

test('of changes that go together an event has those that it explains, and what moves with it', () => {
  const spike = findingOf('spike', 'adSpend', 9, '2026-11-10');
  const folded = fold([
    spike,
    findingOf('change', 'adSpend', 0.3, MONTH, before),
    findingOf('change', 'adRevenue', 0.2, MONTH, before),
    findingOf('change', 'revenue', 0.2, MONTH, before),
    findingOf('change', 'orders', 0.2, MONTH, before),
  ]);
  expect(shown(folded)).toEqual([
    ['spike adSpend', 'change adSpend', 'change adRevenue'],
    ['change revenue', 'change orders'],
  ]);
});

test('what is no event comes once: the seasons, forecasts and records of all metrics', () => {
  const week = {
    evidence: { season: { of: 'week', high: { at: 1, factor: 2 }, low: { at: 0, factor: 0.5 } } },
  } as const;
  const year = {
    evidence: { season: { of: 'year', high: { at: 12, factor: 2 }, low: { at: 2, factor: 0.5 } } },
  } as const;
  const folded = fold([
    findingOf('season', 'revenue', 1, MONTH, week),
    findingOf('season', 'sessions', 1, MONTH, week),
    findingOf('season', 'revenue', 1, MONTH, year),
    findingOf('forecast', 'adSpend', 0.1, MONTH),
    findingOf('forecast', 'revenue', -0.1, MONTH),
    findingOf('record', 'revenue', 1, '2026-11-20'),
    findingOf('record', 'orders', 1, '2026-11-20'),
    findingOf('milestone', 'orders', 0, '2026-11-20'),
    findingOf('milestone', 'revenue', 0, '2026-11-20'),
  ]);
  expect(shown(folded)).toEqual([
    ['season revenue', 'season sessions'],
    ['season revenue'],
    ['forecast revenue', 'forecast adSpend'],
    ['record revenue', 'record orders'],
    ['milestone orders'],
    ['milestone revenue'],
  ]);
});

test('a record on the days of a spike is a part of it', () => {
  const spike = findingOf('spike', 'revenue', 3, '2026-11-20');
  const highest = { evidence: { record: { of: 'highest', since: '2024-01-01' } } } as const;
  const lowest = { evidence: { record: { of: 'lowest', since: '2024-01-01' } } } as const;
  expect(shown(fold([findingOf('record', 'revenue', 3, '2026-11-20', highest), spike]))).toEqual([
    ['spike revenue', 'record revenue'],
  ]);
  expect(fold([findingOf('record', 'revenue', -3, '2026-11-20', lowest), spike])).toHaveLength(2);
});

test('parts that a finder has put together stay, and none is there twice', () => {
  const part = {
    kind: 'drop',
    metric: 'orders',
    unit: 'count',
    window: { from: '2026-11-10', to: '2026-11-10' },
    value: 0,
    expected: 9,
  } as const;
  const head = findingOf('drop', 'revenue', -0.9, '2026-11-10', { evidence: { parts: [part] } });
  expect(shown(fold([head, findingOf('drop', 'orders', -0.9, '2026-11-10')]))).toEqual([
    ['drop revenue', 'drop orders'],
  ]);
  expect(fold([])).toEqual([]);
});
