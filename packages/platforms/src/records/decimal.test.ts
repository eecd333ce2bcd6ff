import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { count, inUnits } from './decimal.js';

describe('inUnits', () => {
  it('reads an exponent as the point moved by so many places', () => {
    // With two decimals, 16 digits: the most that are exact.
    const digits = fc.bigInt({ min: 0n, max: 10n ** 14n - 1n });
    const place = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(digits, place, (value, shift) => {
        const text = String(value).padStart(shift + 1, '0');
        const plain = `${text.slice(0, text.length - shift)}.${text.slice(text.length - shift)}`;
        expect(inUnits(`${value}E-${shift}`, 2)).toBe(inUnits(plain, 2));
      }),
      { examples: [[10n ** 14n - 1n, 0]] },
    );
  });
});

describe('count', () => {
  it.each([
    ['12', 12],
    ['1.2345678E7', 12_345_678],
    ['1e3', 1_000],
    ['1E-3', 0.001],
    ['0.5', 0.5],
    ['0', 0],
    ['-0', 0],
    ['-0.0E5', 0],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    [3, 3],
    [1.5, 1.5],
  ])('%j', (given, value) => expect(count.parse(given)).toBe(value));

  it.each([
    ['NaN'],
    ['Infinity'],
    ['-1'],
    ['-1E-3'],
    [''],
    [' '],
    ['many'],
    ['1,000'],
    ['1E400'],
    ['9007199254740993'],
    [-1],
    [null],
    [Number.NaN],
  ])('%j is refused', (given) => expect(count.safeParse(given).success).toBe(false));
});
