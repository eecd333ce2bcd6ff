/** What the breakdowns are read from, and how their money comes into one currency. */
import { type SQL, sql } from 'drizzle-orm';
import type { Database, Transaction } from './database.js';
import { type ConvertMoney, inCurrency } from './derive-days.js';
import type { Selection } from './metric-records.js';

export interface BreakdownSource extends Selection {
  readonly read: Reading;
  /** The organization's. */
  readonly currency: string;
  readonly convert: ConvertMoney;
}

/** Reads, and holds no connection any more when the host's `convert` is asked: it may need one of the same pool. */
type Reading = <Rows>(read: (transaction: Transaction) => Promise<Rows>) => Promise<Rows>;

/**
 * Without compiling the statements first ("Just-in-Time Compilation"): PostgreSQL takes an order for 100 items, and so it
 * would compile for longer than it then reads.
 */
export function readingFrom(database: Database): Reading {
  return (read) =>
    database.transaction(async (transaction) => {
      await transaction.execute(sql`SET LOCAL jit = off`);
      return await read(transaction);
    });
}

/** The day of what has to be converted; what is in the organization's currency need not be told apart by day. */
export function foreignDay(currency: string): SQL {
  return sql`CASE WHEN currency <> ${currency} THEN day END`;
}

/** Some money of a row. */
export interface Part {
  readonly amount: number;
  /** Null: the organization's own. */
  readonly currency: string | null;
  /** Whose rate counts; null where nothing is converted. */
  readonly day: string | null;
  /** What is converted together, besides day and currency. */
  readonly figure: string;
  /** Takes what it is in the organization's currency; undefined: there is no rate. */
  add(amount: number | undefined): void;
}

/**
 * Converts what is of one day, figure and currency as a whole, as the daily metrics do, and shares it out again: so rounding
 * loses nothing, and the rows add up to the metrics.
 *
 * @param parts in an order that is the same each time, as rounding favours one or the other
 */
export async function shareOut(
  parts: readonly Part[],
  { currency, convert }: Pick<BreakdownSource, 'currency' | 'convert'>,
): Promise<void> {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    if (part.amount === 0) continue;
    if (part.day === null) {
      part.add(part.amount);
      continue;
    }
    const key = `${part.day} ${part.currency} ${part.figure}`;
    groups.set(key, [...(groups.get(key) ?? []), part]);
  }
  for (const group of groups.values()) {
    const sum = sumOf(group.map(({ amount }) => amount));
    // Where they cancel each other out, only all that has moved has a rate.
    const moved = sum === 0 ? sumOf(group.map(({ amount }) => Math.abs(amount))) : sum;
    const [{ day, currency: foreign } = { day: null, currency: null }] = group;
    const converted = await inCurrency(
      { amount: moved, currency: foreign ?? currency },
      { currency },
      day ?? '',
      convert,
    );
    const shares = converted && apportion(sum === 0 ? 0 : converted.amount, group, converted.amount / moved);
    for (const [index, part] of group.entries()) part.add(shares?.[index]);
  }
}

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

/** Whole numbers that add up to `total`: 100 by three equal parts is 33, 34, 33. */
function apportion(total: number, parts: readonly Part[], rate: number): number[] {
  let [sum, given] = [0, 0];
  return parts.map(({ amount }, index) => {
    sum += amount;
    // The last one gets what is left, whatever floating point has made of the rest.
    const until = index === parts.length - 1 ? total : Math.round(sum * rate);
    const share = until - given;
    given = until;
    return share;
  });
}
