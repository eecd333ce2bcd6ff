/** What the records say of some days: summed up by the database, by currency, and then brought into one currency. */
import { sql } from 'drizzle-orm';
import { type ConvertMoney, convertMoney, MetricsError } from './convert-money.js';
import type { Transaction } from './database.js';
import { beginningsOf } from './day-beginnings.js';
import type { Figures } from './metric-figures.js';
import { integrations, records } from './schema.js';

export type SalesKind = 'order' | 'charge';

export interface Derivation {
  readonly transaction: Transaction;
  readonly organizationId: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly salesKind: SalesKind;
  /** In the organization's zone, in order. */
  readonly days: readonly string[];
}

/** One day's records of one kind and currency: whole numbers, as text. */
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

/** The kinds whose records say when they happened, not on which day. */
const SALES = { order: ['paid', 'refunded', 'partially-refunded'], charge: ['succeeded'] } as const;

/** @throws {MetricsError} for an answer of `convert` that is no money, and a figure that can't be counted exactly */
export async function deriveDays(
  derivation: Derivation,
  convert: ConvertMoney,
): Promise<ReadonlyMap<string, Partial<Figures> & { readonly isPartial?: boolean }>> {
  const derived = new Map<string, Partial<Record<keyof Figures, number>> & { isPartial?: boolean }>();
  for (const row of await sums(derivation)) {
    const day = derived.get(row.day) ?? {};
    derived.set(row.day, day);
    const exact = (figure: keyof Figures, value: number) => {
      if (Number.isSafeInteger(value)) return value;
      throw new MetricsError(
        `${figure} of ${row.day} of organization "${derivation.organizationId}" is about ${value}: figures are counted ` +
          `up to ${Number.MAX_SAFE_INTEGER}. Correct the records of this day`,
      );
    };
    const add = (figure: keyof Figures, value: number) => {
      day[figure] = exact(figure, (day[figure] ?? 0) + exact(figure, value));
    };
    const addMoney = async (figure: MoneyFigure, sum: string) => {
      const money = { amount: exact(figure, Number(sum)), currency: row.currency ?? derivation.currency };
      if (money.amount === 0) return;
      const amount = await convertMoney(convert, money, derivation.currency, row.day);
      if (amount === undefined) day.isPartial = true;
      else add(figure, amount);
    };
    switch (row.kind) {
      case 'order':
      case 'charge':
        add('orders', Number(row.count));
        await addMoney('revenue', row.amount);
        await addMoney('refunds', row.refunded);
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
        await addMoney('adSpend', row.amount);
        await addMoney('adRevenue', row.value);
        break;
    }
  }
  return derived;
}

/**
 * Two scans, each by its index: of what has a time, from the first of the days to the last, and of what has a day of its
 * own, which is the platform account's. Counts are rounded for the day, money for each of its currencies; PostgreSQL rounds
 * half a unit away from zero.
 */
async function sums(derivation: Derivation): Promise<Sum[]> {
  const { transaction, organizationId, timeZone, salesKind, days } = derivation;
  const beginnings = beginningsOf(timeZone, days);
  const from = beginnings.moments[0] ?? 0;
  const to = beginnings.moments.at(-1) ?? 0;
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
        (${sql.param(beginnings.days)}::date[])[width_bucket(occurred_at, ${sql.param(beginnings.moments)}::bigint[])] AS day
      FROM ${records}
      WHERE occurred_at >= ${from}::bigint AND occurred_at < ${to}::bigint AND deleted_at IS NULL
        AND (
          (kind = ${salesKind} AND status = ANY(${paid}::text[]) AND integration_id IN (SELECT id FROM mine))
          OR (kind = 'customer' AND integration_id IN (SELECT id FROM sellers))
        )
    ),
    dated AS (
      SELECT kind, currency, amount, day, (data->>'sessions')::numeric AS sessions,
        (data->>'impressions')::numeric AS impressions, (data->>'clicks')::numeric AS clicks,
        (data->'conversionValue'->>'amount')::numeric AS value
      FROM ${records}
      WHERE integration_id IN (SELECT id FROM mine) AND kind IN ('traffic', 'campaign-day')
        AND day = ANY(${sql.param(days)}::date[]) AND deleted_at IS NULL
    )
    SELECT day::text, kind, currency, count(*) AS count, coalesce(sum(amount), 0) AS amount,
      coalesce(sum(refunded), 0) AS refunded, 0 AS sessions, 0 AS impressions, 0 AS clicks, 0 AS value
    FROM timed WHERE isfinite(day) GROUP BY day, kind, currency
    UNION ALL
    SELECT day::text, kind, NULL, 0, 0, 0, round(coalesce(sum(sessions), 0)), round(coalesce(sum(impressions), 0)),
      round(coalesce(sum(clicks), 0)), 0
    FROM dated GROUP BY day, kind
    UNION ALL
    SELECT day::text, kind, currency, 0, coalesce(sum(amount), 0), 0, 0, 0, 0, round(coalesce(sum(value), 0))
    FROM dated WHERE kind = 'campaign-day' GROUP BY day, kind, currency`);
  return rows;
}
