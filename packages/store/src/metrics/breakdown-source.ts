/** What the breakdowns are read from, and how their money comes into one currency. */
import { type SQL, sql } from 'drizzle-orm';
import { blocksEventLoop, type Database, type Transaction, withoutCompiling } from '../database/database.js';
import { type ConvertMoney, convertMoney, MetricsError } from './convert-money.js';
import type { Selection } from './metric-records.js';
import { PartSize } from './parts.js';

export interface BreakdownSource extends Selection {
  readonly database: Database;
  /** The organization's. */
  readonly currency: string;
  readonly convert: ConvertMoney;
}

/**
 * Reads all days, on the embedded store in parts. It holds no connection any more when the host's `convert` is asked, which
 * may need one of the same pool.
 *
 * @param countOf how many records a row stands for
 */
export async function readDays<Row>(
  source: BreakdownSource,
  read: (transaction: Transaction, selection: Selection) => Promise<Row[]>,
  countOf: (row: Row) => number,
): Promise<Row[]> {
  const { database, days } = source;
  const readPart = (part: readonly string[]) =>
    database.transaction(async (transaction) => {
      await withoutCompiling(database, transaction);
      return await read(transaction, { ...source, days: part });
    });
  if (!blocksEventLoop(database)) return await readPart(days);
  const rows: Row[] = [];
  const size = new PartSize(database);
  for (let start = 0; start < days.length; ) {
    const end = start + size.days;
    const part = await readPart(days.slice(start, end));
    size.follow(part.reduce((sum, row) => sum + countOf(row), 0));
    rows.push(...part);
    start = end;
  }
  return rows;
}

/** The day of sales that have to be converted; those in the organization's currency need not be told apart by day. */
export function foreignDay(currency: string): SQL {
  return sql`CASE WHEN currency <> ${currency} THEN day END`;
}

/** A count, or some money, of a row. */
export interface Part {
  readonly figure: string;
  readonly amount: number;
  /** Undefined: a count. Null: money in the organization's currency. */
  readonly currency: string | null | undefined;
  /** Null where the amount is a whole number and nothing is converted. */
  readonly day: string | null;
  /** Takes its share, a whole number; undefined: there is no rate. */
  add(share: number | undefined): void;
}

/**
 * Rounds and converts what is of one day, figure and currency as a whole, as the daily metrics do, and shares it out again:
 * so the rows add up to the metrics.
 *
 * @param parts in an order that is the same each time, as rounding favours one or the other
 * @throws {MetricsError} for an answer of `convert` that is no money, and a figure that can't be counted exactly
 */
export async function shareOut(
  parts: readonly Part[],
  { currency, convert }: Pick<BreakdownSource, 'currency' | 'convert'>,
): Promise<void> {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    if (part.amount === 0) continue;
    const key = `${part.figure} ${part.currency} ${part.day}`;
    const group = groups.get(key);
    if (group) group.push(part);
    else groups.set(key, [part]);
  }
  for (const group of groups.values()) {
    const [{ figure, day, currency: given } = { figure: '', day: null, currency: null }] = group;
    const sum = wholeSum(
      figure,
      group.map(({ amount }) => amount),
    );
    // Where parts cancel each other out, only all that has moved has a rate.
    const moved =
      sum === 0
        ? wholeSum(
            figure,
            group.map(({ amount }) => Math.abs(amount)),
          )
        : sum;
    const isForeign = typeof given === 'string' && given !== currency && day !== null && moved !== 0;
    const converted = isForeign
      ? await convertMoney(convert, { amount: moved, currency: given }, currency, day)
      : moved;
    const shares =
      converted === undefined ? [] : apportion(sum === 0 ? 0 : converted, group, moved === 0 ? 0 : converted / moved);
    for (const [index, part] of group.entries()) part.add(shares[index]);
  }
}

/** Rounded, half a unit away from zero. What the database has summed up exactly has few decimals. */
function wholeSum(figure: string, amounts: readonly number[]): number {
  const sum = Number(amounts.reduce((total, amount) => total + amount, 0).toFixed(6));
  const whole = Math.sign(sum) * Math.round(Math.abs(sum));
  if (Number.isSafeInteger(whole)) return whole;
  throw new MetricsError(`${figure} is about ${whole}: figures are counted up to ${Number.MAX_SAFE_INTEGER}`);
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
