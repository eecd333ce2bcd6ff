/**
 * Stripe's integers as minor units of ISO 4217 ("Supported currencies", "Zero-decimal" and "Three-decimal currencies").
 *
 * @see https://docs.stripe.com/currencies
 */
import { decimalsOf, minorUnits } from '../records/money.js';
import type { Money } from '../records/record.js';

const ZERO_DECIMALS = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' ');
const THREE_DECIMALS = 'BHD JOD KWD OMR TND'.split(' ');

/** How many decimals Stripe's integer has. ISK and UGX keep two, which are always 00 ("Special cases"). */
export function stripeDecimalsOf(currency: string): number {
  const code = currency.toUpperCase();
  return ZERO_DECIMALS.includes(code) ? 0 : THREE_DECIMALS.includes(code) ? 3 : 2;
}

/**
 * Where the two count differently (ISK, UGX, MGA), the amount is converted.
 *
 * @throws {RangeError} for an amount that is not a whole number of ISO 4217's minor units
 */
export function stripeMoney(amount: number, currency: string): Money {
  const difference = decimalsOf(currency) - stripeDecimalsOf(currency);
  return minorUnits(difference < 0 ? amount / 10 ** -difference : amount * 10 ** difference, currency);
}
