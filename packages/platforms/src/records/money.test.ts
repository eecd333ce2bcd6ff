import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalsOf, minorUnits, moneyOf } from './money.js';

describe('moneyOf', () => {
  it.each([
    ['19.99', 'eur', 1_999, 'EUR'],
    ['19.9', 'EUR', 1_990, 'EUR'],
    ['19', 'EUR', 1_900, 'EUR'],
    ['-0.05', 'EUR', -5, 'EUR'],
    ['-0.00', 'EUR', 0, 'EUR'],
    ['500', 'JPY', 500, 'JPY'],
    ['500.00', 'JPY', 500, 'JPY'],
    ['1.234', 'KWD', 1_234, 'KWD'],
    ['0.005', 'EUR', 1, 'EUR'],
    ['0.0049', 'EUR', 0, 'EUR'],
    ['-0.005', 'EUR', -1, 'EUR'],
    ['90071992547409.91', 'EUR', 9_007_199_254_740_991, 'EUR'],
    ['9.007199254740991E13', 'EUR', 9_007_199_254_740_991, 'EUR'],
    ['1e3', 'EUR', 100_000, 'EUR'],
    ['1.2345678E7', 'EUR', 1_234_567_800, 'EUR'],
    ['1.2345678E7', 'JPY', 12_345_678, 'JPY'],
    ['-1.5E+3', 'EUR', -150_000, 'EUR'],
    ['1E-3', 'EUR', 0, 'EUR'],
    ['1E-3', 'KWD', 1, 'KWD'],
    ['5E-3', 'EUR', 1, 'EUR'],
    ['-5E-3', 'EUR', -1, 'EUR'],
    ['49E-4', 'EUR', 0, 'EUR'],
    ['1E-999999999999', 'EUR', 0, 'EUR'],
    ['0E999999999999', 'EUR', 0, 'EUR'],
    ['1.005', 'EUR', 101, 'EUR'],
    ['100.5E-2', 'EUR', 101, 'EUR'],
    ['.5', 'EUR', 50, 'EUR'],
    ['5.', 'EUR', 500, 'EUR'],
    ['000000000000000000000019.99', 'EUR', 1_999, 'EUR'],
    [`0.${'9'.repeat(100_000)}`, 'EUR', 100, 'EUR'],
  ])('%s %s', (decimal, code, amount, currency) => expect(moneyOf(decimal, code)).toEqual({ amount, currency }));

  it.each([
    ['', 'EUR'],
    ['1,5', 'EUR'],
    ['NaN', 'EUR'],
    ['Infinity', 'EUR'],
    ['-Infinity', 'EUR'],
    ['.', 'EUR'],
    ['-', 'EUR'],
    ['e3', 'EUR'],
    ['1e', 'EUR'],
    ['1e1.5', 'EUR'],
    ['0x10', 'EUR'],
    ['1_000', 'EUR'],
    ['1E14', 'EUR'],
    ['1E999999999999', 'EUR'],
    ['90071992547409.92', 'EUR'],
    ['1', 'EURO'],
    ['1', ''],
  ])('%j %j is refused', (decimal, code) => expect(() => moneyOf(decimal, code)).toThrow(RangeError));

  it('any whole number of minor units comes back', () => {
    const currency = fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF');
    fc.assert(
      fc.property(fc.maxSafeInteger(), currency, (amount, code) => {
        const digits = String(Math.abs(amount)).padStart(decimalsOf(code) + 1, '0');
        const point = digits.length - decimalsOf(code);
        const decimal = `${amount < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
        expect(moneyOf(decimal, code)).toEqual({ amount: amount === 0 ? 0 : amount, currency: code });
      }),
    );
  });
});

it('minor units are whole', () => {
  expect(minorUnits(-0, 'eur')).toEqual({ amount: 0, currency: 'EUR' });
  expect(() => minorUnits(1.5, 'EUR')).toThrow(RangeError);
});
