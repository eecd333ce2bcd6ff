/** Money in minor units. */
import { inUnits } from './decimal.js';
import type { Money } from './record.js';

/** How many decimals a currency has, where it is not two (ISO 4217, list one, "Minor unit"). */
// biome-ignore format: a table
const DECIMALS: Readonly<Record<string, number>> = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0,
  XAF: 0, XOF: 0, XPF: 0,
  BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3,
  CLF: 4, UYW: 4,
};

/** How many decimals the minor unit of a currency is: 2 for EUR, 0 for JPY, 3 for KWD. */
export function decimalsOf(currency: string): number {
  return DECIMALS[currency.toUpperCase()] ?? 2;
}

/**
 * Reads a decimal amount: `('19.99', 'EUR')` is `{ amount: 1999, currency: 'EUR' }`, and so is `('1.999E1', 'EUR')`. What is
 * finer than the minor unit is rounded, half away from zero.
 *
 * @throws {RangeError} for what is no decimal number, no currency code, or too large to be exact
 */
export function moneyOf(decimal: string, currency: string): Money {
  return minorUnits(inUnits(decimal, decimalsOf(currency)), currency);
}

/**
 * An amount that is in minor units already.
 *
 * @throws {RangeError} for what is not a whole number, no currency code, or too large to be exact
 */
export function minorUnits(amount: number, currency: string): Money {
  const code = currency.toUpperCase();
  if (!/^[A-Z]{3}$/.test(code)) throw new RangeError('a currency that is not an ISO 4217 code');
  if (!Number.isSafeInteger(amount)) throw new RangeError('an amount that is not a whole number of minor units');
  // Never -0, which JSON turns into 0 and a comparison into a change.
  return { amount: amount === 0 ? 0 : amount, currency: code };
}
