import { expect, it } from 'vitest';
import { perTurn } from './timers.js';

it('answers the calls of one turn together, and those of the next one by themselves', async () => {
  const asked: number[][] = [];
  const double = perTurn(async (items: readonly number[]) => {
    asked.push([...items]);
    return items.map((item) => item * 2);
  });
  expect(await Promise.all([double(1), double(2), double(3)])).toEqual([2, 4, 6]);
  expect(await double(4)).toBe(8);
  expect(asked).toEqual([[1, 2, 3], [4]]);
});

it('rejects each call of a turn that fails, and no later one', async () => {
  let isAway = true;
  const echo = perTurn(async (items: readonly string[]) => {
    if (isAway) throw new Error('away');
    return items;
  });
  const settled = await Promise.allSettled([echo('a'), echo('b')]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isAway = false;
  expect(await echo('c')).toBe('c');
});
