/** Decimal numbers as platforms write them: `12.5`, `-3`, `1.2345E7`. Read digit by digit, as a double would round them. */
import { z } from 'zod';

const DECIMAL = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:e([+-]?\d+))?$/i;

/** Of the largest safe integer. More can't be exact. */
const MAX_DIGITS = 16;

/** Whether a text is a decimal number. `NaN`, `Infinity` and an empty text are none. */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text.trim());
}

/**
 * The number in units of so many decimals: `('1.2345E1', 2)` is 1235. What is finer is rounded, half away from zero.
 *
 * @throws {RangeError} for what is not a decimal number, or has more digits than can be exact
 */
export function inUnits(text: string, decimals: number): number {
  const match = DECIMAL.exec(text.trim());
  if (!match) throw new RangeError('an amount that is not a decimal number');
  const [, sign, mantissa = '', exponent = '0'] = match;
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return 0;
  /** Where the unit ends: behind so many of the digits. */
  const point = digits.length - fraction.length + Number(exponent) + decimals;
  if (point > MAX_DIGITS) throw new RangeError('an amount with more digits than can be exact');
  const kept = BigInt(digits.slice(0, Math.max(0, point)).padEnd(point, '0'));
  const isRoundedUp = point >= 0 && (digits[point] ?? '0') >= '5';
  const amount = Number(isRoundedUp ? kept + 1n : kept);
  return sign === '-' ? -amount : amount;
}

/**
 * A count: a number of at least 0, as text or not, also in parts of one (key events that channels share). It may be
 * written with an exponent; what is too large to be exact is none. Never -0, which JSON turns into 0.
 */
export const count = z
  .union([z.string().refine(isDecimal, 'expected a number'), z.number()])
  .transform((given) => Number(given) || 0)
  .refine((value) => value >= 0 && value <= Number.MAX_SAFE_INTEGER, 'expected a number of at least 0');

/** An amount, as text or not. */
export const amount = z.union([z.string(), z.number().transform(String)]).refine(isDecimal, 'expected an amount');
