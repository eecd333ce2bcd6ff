/** What the records say of some days: summed up by the database, by currency, and then brought into one currency. */
import type { Money } from '@bizinsights/jobs-platforms';
import type { Transaction } from './database.js';
import type { Figures } from './metric-figures.js';
import { type Selection, sumRecords } from './metric-records.js';

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

/** A figure that is money, and what it is counted from. */
type MoneyFigure = 'revenue' | 'refunds' | 'adSpend' | 'adRevenue';

export async function deriveDays(
  derivation: Derivation,
  convert: ConvertMoney,
): Promise<ReadonlyMap<string, Partial<Figures> & { readonly isPartial?: boolean }>> {
  const derived = new Map<string, Partial<Record<keyof Figures, number>> & { isPartial?: boolean }>();
  for (const { day: date, ...row } of await sumRecords(derivation.transaction, derivation)) {
    if (date === null) continue;
    const day = derived.get(date) ?? {};
    derived.set(date, day);
    const add = (figure: keyof Figures, value: number) => {
      day[figure] = (day[figure] ?? 0) + value;
    };
    const addMoney = async (figure: MoneyFigure, amount: number) => {
      if (amount === 0) return;
      const money = await inCurrency(
        { amount, currency: row.currency ?? derivation.currency },
        derivation,
        date,
        convert,
      );
      if (money) add(figure, money.amount);
      else day.isPartial = true;
    };
    switch (row.kind) {
      case 'order':
      case 'charge':
        add('orders', Number(row.count));
        await addMoney('revenue', Number(row.amount));
        await addMoney('refunds', Number(row.refunded));
        break;
      case 'customer':
        add('newCustomers', Number(row.count));
        break;
      case 'traffic':
        add('sessions', Number(row.sessions));
        break;
      case 'campaign-day':
        add('impressions', Number(row.impressions));
        add('clicks', Number(row.clicks));
        await addMoney('adSpend', Number(row.amount));
        await addMoney('adRevenue', Number(row.value));
        break;
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
