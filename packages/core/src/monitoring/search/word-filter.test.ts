import { expect, it } from 'vitest';
import { WordFilter } from './word-filter.js';

it('never denies a word that was put in, and takes few others for one', () => {
  const own = Array.from({ length: 400 }, (_, n) => `order${n * 7_919}`);
  const filter = new WordFilter(new Set(own));
  expect(own.every((word) => filter.mayHold(word))).toBe(true);
  const others = Array.from({ length: 50_000 }, (_, n) => `nobody${n}`);
  // One in ten thousand is meant.
  expect(others.filter((word) => filter.mayHold(word)).length).toBeLessThan(25);
});
