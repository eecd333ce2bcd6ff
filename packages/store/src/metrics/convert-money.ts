/** Money of another currency: the host's `convert`, whose answers are checked before they are counted. */
import { inspect } from 'node:util';
import { PermanentError } from '@bizinsights/jobs-core';
import type { Money } from '@bizinsights/jobs-platforms';

/**
 * Money in another currency, at the rate of a day; undefined where there is no rate. It is asked with sums of a day, in
 * minor units, while rows are locked: be quick.
 *
 * An amount may have a fraction of a minor unit: it is rounded, half a unit away from zero. Any other answer than money in
 * the currency asked for (`NaN`, an amount beyond `Number.MAX_SAFE_INTEGER`, another currency) is refused: `refresh`
 * rejects with a {@link MetricsError}, and changes nothing.
 *
 * @example
 * ```ts
 * const convert: ConvertMoney = ({ amount, currency: from }, currency, day) => {
 *   const rate = rates.get(`${day} ${from} ${currency}`);
 *   return rate === undefined ? undefined : { amount: amount * rate, currency };
 * };
 * ```
 */
export type ConvertMoney = (
  money: Money,
  currency: string,
  day: string,
) => Promise<Money | undefined> | Money | undefined;

/**
 * A day's metrics cannot be derived: `convert` answered no money, a figure is beyond what can be counted exactly, or this
 * Node does not know the organization's time zone.
 */
export class MetricsError extends PermanentError {}

/**
 * A day's money in a currency, in whole minor units; undefined where there is no rate.
 *
 * @throws {MetricsError} for an answer of `convert` that is no money in this currency
 */
export async function convertMoney(
  convert: ConvertMoney,
  money: Money,
  currency: string,
  day: string,
): Promise<number | undefined> {
  if (money.currency === currency) return money.amount;
  const answer: unknown = await convert(money, currency, day);
  // A host without types may say so by null.
  if (answer === undefined || answer === null) return undefined;
  const amount = amountIn(answer, currency);
  if (amount !== undefined) return amount;
  const shown = inspect(answer, { depth: 0, breakLength: Number.POSITIVE_INFINITY }).slice(0, 200);
  throw new MetricsError(
    `convert answered ${shown} for ${money.amount} ${money.currency} of ${day}: it must answer ` +
      `{ amount, currency: '${currency}' } with a finite number of minor units, at most ${Number.MAX_SAFE_INTEGER}, ` +
      'or undefined where there is no rate',
  );
}

function amountIn(answer: unknown, currency: string): number | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  if (!('currency' in answer) || answer.currency !== currency) return undefined;
  if (!('amount' in answer) || typeof answer.amount !== 'number') return undefined;
  const amount = roundAwayFromZero(answer.amount);
  return Number.isSafeInteger(amount) ? amount : undefined;
}

/** `Math.round` takes half of -1 to 0. Adding 0 makes -0 of it 0. */
function roundAwayFromZero(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value)) + 0;
}
