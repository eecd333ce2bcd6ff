/** What the records say of some days: summed up by the database, by currency, and then brought into one currency. */
import type { Money } from '@bizinsights/jobs-platforms';
import type { Transaction } from './database.js';
import type { Figures } from './metric-figures.js';
import { figuresOf, type Selection, sumRecords } from './metric-records.js';

/** Money in another currency, at the rate of the day; undefined where there is no rate. Asked for while rows are locked: be quick. */
export type ConvertMoney = (
  money: Money,
  currency: string,
  day: string,
) => Promise<Money | undefined> | Money | undefined;

/** What to derive. */
export interface Derivation extends Selection {
  readonly transaction: Transaction;
  readonly currency: string;
}

export async function deriveDays(
  derivation: Derivation,
  convert: ConvertMoney,
): Promise<ReadonlyMap<string, Partial<Figures> & { readonly isPartial?: boolean }>> {
  const derived = new Map<string, Partial<Record<keyof Figures, number>> & { isPartial?: boolean }>();
  for (const sum of await sumRecords(derivation.transaction, derivation)) {
    if (sum.day === null) continue;
    const day = derived.get(sum.day) ?? {};
    derived.set(sum.day, day);
    const { counts, money } = figuresOf(sum);
    for (const { figure, count } of counts) day[figure] = (day[figure] ?? 0) + count;
    for (const { figure, amount } of money) {
      if (amount === 0) continue;
      const given = { amount, currency: sum.currency ?? derivation.currency };
      const converted = await inCurrency(given, derivation, sum.day, convert);
      if (converted) day[figure] = (day[figure] ?? 0) + converted.amount;
      else day.isPartial = true;
    }
  }
  return derived;
}

/** Undefined where there is no rate. */
export async function inCurrency(
  money: Money,
  { currency }: { readonly currency: string },
  day: string,
  convert: ConvertMoney,
): Promise<Money | undefined> {
  return money.currency === currency ? money : await convert(money, currency, day);
}
