import { expect, test } from 'vitest';
import type { Judgement } from '../../series/judging/judgement.js';
import { pOfDaysInARow } from './days-in-a-row.js';

/** A hundred usual days, with some that are rare: their probability, and how many standard deviations they are off. */
function judgementOf(rare: Readonly<Record<number, readonly [p: number, surprise: number]>>, gap?: number) {
  const places = Array.from({ length: 100 }, (_, order) => order + (gap !== undefined && order >= gap ? 1 : 0));
  const surprise = new Float64Array(102);
  const p = Float64Array.from(places, (place, order) => {
    const [own, off] = rare[order] ?? [0.1 + 0.8 * ((order * 0.618) % 1), order % 2 === 0 ? 0.5 : -0.5];
    surprise[place] = off;
    return own;
  });
  const judgement: Pick<Judgement, 'places' | 'p' | 'surprise'> = { places, p, surprise };
  return { judgement, p: pOfDaysInARow(judgement) };
}

test('days in a row that are each far off in one direction are rarer than any of them', () => {
  const { judgement, p } = judgementOf({ 50: [1e-3, -9], 51: [1e-3, -9] });
  expect(p[50]).toBeLessThan(2e-4);
  expect(p[50]).toBe(p[51]);
  expect([...p.slice(0, 50)]).toEqual([...judgement.p.slice(0, 50)]);
  const three = judgementOf({ 50: [1e-3, -9], 51: [1e-3, -9], 52: [1e-3, -9] }).p;
  expect(three[51]).toBeLessThan((p[51] ?? 0) / 5);
});

test.each([
  ['in two directions', { 50: [1e-3, -9], 51: [1e-3, 9] }, undefined],
  ['that are little off', { 50: [1e-3, -4], 51: [1e-3, -4] }, undefined],
  ['of which one is usual', { 50: [1e-6, -20], 51: [0.1, -6] }, undefined],
  ['with an unknown day between them', { 50: [1e-3, -9], 51: [1e-3, -9] }, 51],
] as const)('days %s stand each alone', (_what, rare, gap) => {
  const { judgement, p } = judgementOf(rare, gap);
  expect([...p]).toEqual([...judgement.p]);
});

test('where rare days come in pairs anyway, a pair is less of a surprise', () => {
  const pair = { 50: [1e-3, -9], 51: [1e-3, -9] } as const;
  const pairs = [10, 20, 30, 40, 60, 70, 80].flatMap((day) => [day, day + 1].map((one) => [one, [0.01, 3]] as const));
  const usual = judgementOf(pair).p[50] ?? 0;
  expect(judgementOf({ ...Object.fromEntries(pairs), ...pair }).p[50]).toBeGreaterThan(usual);
});
