import { expect, it } from 'vitest';
import { KeySet } from './key-set.js';

it('knows what was added, counts each once, and takes more in between', () => {
  const set = new KeySet();
  expect([set.size, set.has('a')]).toEqual([0, false]);
  for (let n = 0; n < 5_000; n++) set.add(`key-${n % 3_000}`);
  expect(set.size).toBe(3_000);
  expect([set.has('key-2999'), set.has('key-3000')]).toEqual([true, false]);
  set.add('key-3000');
  expect([set.size, set.has('key-3000')]).toEqual([3_001, true]);
});
