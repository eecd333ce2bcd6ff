/** What the records say of some days: summed up by the database, by currency, and then brought into one currency. */

import type { Transaction } from '../database/database.js';
import { type ConvertMoney, convertMoney, MetricsError } from './convert-money.js';
import type { Figures } from './metric-figures.js';
import { BY_DAY, figuresOf, type Selection, sumRecords } from './metric-records.js';

/** What to derive. */
export interface Derivation extends Selection {
  readonly transaction: Transaction;
  readonly currency: string;
}

/** The figures of days. */
export type DerivedDays = ReadonlyMap<string, Partial<Figures> & { readonly isPartial?: boolean }>;

/**
 * Also tells how many records the days have.
 *
 * @throws {MetricsError} for an answer of `convert` that is no money, and a figure that can't be counted exactly
 */
export async function deriveDays(
  derivation: Derivation,
  convert: ConvertMoney,
): Promise<{ readonly derived: DerivedDays; readonly count: number }> {
  const { transaction, organizationId, currency } = derivation;
  const derived = new Map<string, Partial<Record<keyof Figures, number>> & { isPartial?: boolean }>();
  let count = 0;
  for (const sum of await sumRecords(transaction, derivation, BY_DAY)) {
    count += Number(sum.count);
    const name = sum.day;
    if (name === null) continue;
    const day = derived.get(name) ?? {};
    derived.set(name, day);
    const exact = (figure: keyof Figures, value: number) => {
      if (Number.isSafeInteger(value)) return value;
      throw new MetricsError(
        `${figure} of ${name} of organization "${organizationId}" is about ${value}: figures are counted ` +
          `up to ${Number.MAX_SAFE_INTEGER}. Correct the records of this day`,
      );
    };
    const add = (figure: keyof Figures, value: number) => {
      day[figure] = exact(figure, (day[figure] ?? 0) + exact(figure, value));
    };
    const { counts, money } = figuresOf(sum);
    for (const { figure, count } of counts) add(figure, count);
    for (const { figure, amount } of money) {
      const given = { amount: exact(figure, amount), currency: sum.currency ?? currency };
      if (given.amount === 0) continue;
      const converted = await convertMoney(convert, given, currency, name);
      if (converted === undefined) day.isPartial = true;
      else add(figure, converted);
    }
  }
  return { derived, count };
}
