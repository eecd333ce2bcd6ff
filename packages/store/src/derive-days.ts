/** What the records say of some days: summed up by the database, by currency, and then brought into one currency. */
import type { Money } from '@bizinsights/jobs-platforms';
import { sql } from 'drizzle-orm';
import type { Transaction } from './database.js';
import type { Figures } from './metric-figures.js';
import { integrations, records } from './schema.js';

export type SalesKind = 'order' | 'charge';

/** Money in another currency, at the rate of the day; undefined where there is no rate. Asked for while rows are locked: be quick. */
export type ConvertMoney = (
  money: Money,
  currency: string,
  day: string,
) => Promise<Money | undefined> | Money | undefined;

export interface Derivation {
  readonly transaction: Transaction;
  readonly organizationId: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly salesKind: SalesKind;
  /** In the organization's zone, in order. */
  readonly days: readonly string[];
}

/** One day's records of one kind and currency. `numeric` and `bigint` come as text. */
interface Sum extends Record<string, unknown> {
  readonly day: string;
  readonly kind: 'order' | 'charge' | 'customer' | 'traffic' | 'campaign-day';
  readonly currency: string | null;
  readonly count: string;
  readonly amount: string;
  readonly refunded: string;
  readonly sessions: string;
  readonly impressions: string;
  readonly clicks: string;
  readonly value: string;
}

/** A figure that is money, and what it is counted from. */
type MoneyFigure = 'revenue' | 'refunds' | 'adSpend' | 'adRevenue';

const DAY = 24 * 3_600_000;

/** The kinds whose records say when they happened, not on which day. */
const SALES = { order: ['paid', 'refunded', 'partially-refunded'], charge: ['succeeded'] } as const;

export async function deriveDays(
  derivation: Derivation,
  convert: ConvertMoney,
): Promise<ReadonlyMap<string, Partial<Figures> & { readonly isPartial?: boolean }>> {
  const derived = new Map<string, Partial<Record<keyof Figures, number>> & { isPartial?: boolean }>();
  for (const row of await sums(derivation)) {
    const day = derived.get(row.day) ?? {};
    derived.set(row.day, day);
    const add = (figure: keyof Figures, value: number) => {
      day[figure] = (day[figure] ?? 0) + value;
    };
    const addMoney = async (figure: MoneyFigure, amount: number) => {
      if (amount === 0) return;
      const money = await inCurrency(
        { amount, currency: row.currency ?? derivation.currency },
        derivation,
        row.day,
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

async function inCurrency(
  money: Money,
  { currency }: Pick<Derivation, 'currency'>,
  day: string,
  convert: ConvertMoney,
): Promise<Money | undefined> {
  return money.currency === currency ? money : await convert(money, currency, day);
}

/**
 * Two scans, each by its index: of what has a time, within the days' outermost hours (a zone is at most 14 hours away from
 * UTC), and of what has a day of its own, which is the platform account's.
 */
async function sums(derivation: Derivation): Promise<Sum[]> {
  const { transaction, organizationId, timeZone, salesKind, days } = derivation;
  const from = Date.parse(days[0] ?? '') - DAY;
  const to = Date.parse(days.at(-1) ?? '') + 2 * DAY;
  const wanted = sql.param(days);
  const paid = sql.param(SALES[salesKind]);
  const { rows } = await transaction.execute<Sum>(sql`
    WITH mine AS (SELECT id FROM ${integrations} WHERE organization_id = ${organizationId}),
    -- Customers of where the sales are: those of a shop are often in its payments too.
    sellers AS (
      SELECT id FROM mine WHERE ${salesKind} = 'charge' OR EXISTS (
        SELECT 1 FROM ${records} AS sale WHERE sale.integration_id = mine.id AND sale.kind = 'order'
      )
    ),
    timed AS (
      SELECT kind, currency, amount, refunded,
        (to_timestamp(occurred_at / 1000.0) AT TIME ZONE ${timeZone}::text)::date AS day
      FROM ${records}
      WHERE occurred_at >= ${from}::bigint AND occurred_at < ${to}::bigint AND deleted_at IS NULL
        AND (
          (kind = ${salesKind} AND status = ANY(${paid}::text[]) AND integration_id IN (SELECT id FROM mine))
          OR (kind = 'customer' AND integration_id IN (SELECT id FROM sellers))
        )
    ),
    dated AS (
      SELECT kind, CASE WHEN kind = 'traffic' THEN NULL ELSE currency END AS currency, amount, day, data
      FROM ${records}
      WHERE integration_id IN (SELECT id FROM mine) AND kind IN ('traffic', 'campaign-day')
        AND day = ANY(${wanted}::date[]) AND deleted_at IS NULL
    )
    SELECT day::text, kind, currency, count(*) AS count, coalesce(sum(amount), 0) AS amount,
      coalesce(sum(refunded), 0) AS refunded, 0 AS sessions, 0 AS impressions, 0 AS clicks, 0 AS value
    FROM timed WHERE day = ANY(${wanted}::date[]) GROUP BY day, kind, currency
    UNION ALL
    SELECT day::text, kind, currency, count(*), coalesce(sum(amount), 0), 0,
      coalesce(sum((data->>'sessions')::numeric), 0), coalesce(sum((data->>'impressions')::numeric), 0),
      coalesce(sum((data->>'clicks')::numeric), 0), coalesce(sum((data->'conversionValue'->>'amount')::numeric), 0)
    FROM dated GROUP BY day, kind, currency`);
  return rows;
}
