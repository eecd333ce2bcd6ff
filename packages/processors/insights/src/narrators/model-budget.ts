/** What an organization may use of a language model on a day: tokens, and money where the host says what they cost. */
import { isObject, shownValue } from '../reading/given.js';
import type { TokenReservation, TokenSettlement } from './model-ports.js';

/** What an organization may use on a day of its own, in and out. */
export interface ModelBudget {
  /** Default: 50,000; where only money is given, no limit. */
  readonly tokens?: number;
  /** Beside the tokens: a call has to be within both. Default: no limit. */
  readonly money?: MoneyBudget;
}

/** What an organization may spend on a day of its own. */
export interface MoneyBudget {
  /** In the main unit of the currency: 0.25 is 25 cents. */
  readonly amount: number;
  /** ISO 4217, of the amount and the prices: `USD`. */
  readonly currency: string;
  /**
   * What a million tokens cost by the provider's list, in the main unit: those that are sent, and those of the answer, with what
   * the model thinks before it. The same for all calls: a discount for what a provider has cached counts for nothing.
   */
  readonly pricePerMillion: { readonly input: number; readonly output: number };
}

/** Tokens of one call. */
export interface CallTokens {
  readonly input: number;
  readonly output: number;
}

const TOKENS = 50_000;

/** Prices are of a million tokens, so that a token costs so many millionths of the unit. */
const MILLION = 1_000_000;

/** What is wrong with a host's budget. Undefined: nothing. */
export function budgetIssue(budget: ModelBudget): string | undefined {
  if (!isObject(budget)) return `must be an object with \`tokens\` or \`money\`, not ${shownValue(budget)}`;
  const { tokens, money } = budget;
  if (tokens !== undefined && !(Number.isInteger(tokens) && tokens > 0)) {
    return '`tokens` must be a whole number of at least 1';
  }
  if (money === undefined) return undefined;
  if (!isObject(money)) return '`money` must be an object with `amount`, `currency` and `pricePerMillion`';
  const { amount, currency, pricePerMillion } = money;
  if (!(Number.isFinite(amount) && amount > 0)) return '`money.amount` must be a number above 0';
  if (!/^[A-Z]{3}$/.test(currency)) return '`money.currency` must be a currency of ISO 4217, such as USD';
  const prices = isObject(pricePerMillion) ? [pricePerMillion.input, pricePerMillion.output] : [Number.NaN];
  if (!prices.every((price) => Number.isFinite(price) && price >= 0) || Math.max(...prices) === 0) {
    return '`money.pricePerMillion` must have the prices of input and output, one of them above 0';
  }
  return undefined;
}

/** What is reserved for a call that needs at most so many tokens. */
export function reservationOf(most: CallTokens, { tokens, money }: ModelBudget): TokenReservation {
  return {
    tokens: most.input + most.output,
    limit: tokens ?? (money ? Number.MAX_SAFE_INTEGER : TOKENS),
    ...(money && {
      money: {
        amount: costOf(most, money),
        limit: Math.floor(money.amount * MILLION),
        currency: money.currency,
      },
    }),
  };
}

/** What a call has used in the place of its reservation. Of a provider that does not say it, what was reserved. */
export function settlementOf(
  reserved: TokenReservation,
  used: { readonly tokens: number | undefined; readonly parts: CallTokens | undefined },
  { money }: ModelBudget,
): TokenSettlement {
  return {
    reserved: reserved.tokens,
    used: used.tokens ?? reserved.tokens,
    ...(money &&
      reserved.money && {
        money: {
          reserved: reserved.money.amount,
          used: used.parts ? costOf(used.parts, money) : reserved.money.amount,
          currency: money.currency,
        },
      }),
  };
}

/** In millionths of the main unit, rounded up. */
function costOf({ input, output }: CallTokens, { pricePerMillion }: MoneyBudget): number {
  return Math.ceil(input * pricePerMillion.input + output * pricePerMillion.output);
}
