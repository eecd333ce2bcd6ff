import { expect, test } from 'vitest';
import { readTargets } from './read-targets.js';

const GOOD = {
  id: 'q4',
  metric: 'revenue',
  window: { from: '2026-10-01', to: '2026-12-31' },
  wanted: 900_000,
} as const;

test('leaves out what is invalid, and says which and why', () => {
  const reasons: string[] = [];
  const report = (reason: string) => reasons.push(reason);
  expect(readTargets([GOOD, { ...GOOD, id: 'spend', goal: 'most', name: 'Ads' }], report)).toEqual([
    GOOD,
    { ...GOOD, id: 'spend', goal: 'most', name: 'Ads' },
  ]);
  expect(reasons).toEqual([]);
  const bad = [
    { ...GOOD, metric: 'profit' },
    { ...GOOD, window: { from: '2026-12-31', to: '2026-10-01' } },
    { ...GOOD, window: { from: '2026-02-30', to: '2026-10-01' } },
    { ...GOOD, wanted: Number.NaN },
    { ...GOOD, id: '' },
    GOOD,
    GOOD,
  ];
  expect(readTargets(bad, report)).toEqual([GOOD]);
  expect(reasons).toHaveLength(6);
  expect(reasons[0]).toMatch(
    /^The target at place 0 is left out: metric: there is no metric "profit"; there are: revenue/,
  );
  expect(reasons[1]).toMatch(/window: the first day is after the last$/);
  expect(reasons[2]).toMatch(/window: from: /);
  expect(reasons[5]).toMatch(/^The target at place 6 is left out: id: "q4" is there already$/);
});
