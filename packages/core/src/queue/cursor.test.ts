import { expect, it } from 'vitest';
import { JobOptionsError } from '../errors.js';
import { decodeCursor, encodeCursor } from './cursor.js';

it('a cursor comes back as what it was made of', () => {
  expect(decodeCursor(undefined)).toBe(0);
  expect(decodeCursor(encodeCursor(12_345))).toBe(12_345);
});

it.each(['', 'x', 'bm90IGEgY3Vyc29y', encodeCursor(-1), '💥'])(
  'the cursor "%s", which no list has given, is refused',
  (cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(JobOptionsError);
  },
);
