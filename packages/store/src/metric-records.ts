/** The records that metrics are made of: which ones count, on which day, and summed up by the database. */
import { dayStretches } from '@bizinsights/jobs-core';
import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from './database.js';
import { FIGURES, type Figures } from './metric-figures.js';
import { integrations, records } from './schema.js';

export type SalesKind = 'order' | 'charge';

/** The kinds whose records say when they happened, and those whose records are of a day: the platform account's own. */
export const TIMED_KINDS = ['order', 'charge', 'customer'] as const;
export const DATED_KINDS = ['traffic', 'campaign-day'] as const;

const MONEY_FIGURES = ['revenue', 'refunds', 'adSpend', 'adRevenue'] as const;

/** What counts as sold, by `status`. */
const SALES = { order: ['paid', 'refunded', 'partially-refunded'], charge: ['succeeded'] } as const;

/** Orders, where there are any; else charges: a shop's payments by card are the same sales once more. */
export async function findSalesKind(transaction: Transaction, organizationId: string): Promise<SalesKind> {
  const { rows } = await transaction.execute(sql`
    SELECT 1 FROM ${integrations} AS mine WHERE organization_id = ${organizationId}
      AND ${hasRecords(sql`mine.id`, sql`'order'`, sql`AND deleted_at IS NULL`)} LIMIT 1`);
  return rows.length > 0 ? 'order' : 'charge';
}

/**
 * Whether an integration has records of a kind. By the first one in the order of an index, and not by `EXISTS`: where many
 * rows are of that kind, PostgreSQL takes it for quicker to look through the whole table until one turns up, which is long
 * where there is none.
 */
export function hasRecords(integrationId: SQL, kind: SQL, condition = sql``): SQL {
  return sql`(
    SELECT min(id) FROM ${records} WHERE integration_id = ${integrationId} AND kind = ${kind} ${condition}
  ) IS NOT NULL`;
}

/** Which records. */
export interface Selection {
  readonly organizationId: string;
  /** Whose days. */
  readonly timeZone: string;
  readonly salesKind: SalesKind;
  /** In order. */
  readonly days: readonly string[];
}

/**
 * The tables `timed` (sales and customers) and `dated` (traffic and what campaigns did), for a `WITH`. Each has
 * `integration_id`, `platform`, `kind`, `id`, `day`, `currency`, `amount`, `refunded` and `data`, and is read by its index.
 */
export function metricRecords({ organizationId, timeZone, salesKind, days }: Selection): SQL {
  const { starts, labels } = bucketsOf(timeZone, days);
  const during = sql`record.deleted_at IS NULL
    AND record.occurred_at >= ${starts[0] ?? 0}::bigint AND record.occurred_at < ${starts.at(-1) ?? 0}::bigint`;
  const columns = sql`record.integration_id, record.kind, record.id, record.currency, record.amount, record.refunded,
    record.data, record.occurred_at`;
  return sql`
    mine AS (SELECT id, platform FROM ${integrations} WHERE organization_id = ${organizationId}),
    -- Customers of where the sales are: those of a shop are often in its payments too.
    sellers AS (
      SELECT id, platform FROM mine WHERE ${salesKind} = 'charge' OR ${hasRecords(sql`mine.id`, sql`'order'`)}
    ),
    timed AS (
      SELECT happened.*, (${sql.param(labels)}::date[])[width_bucket(occurred_at, ${sql.param(starts)}::bigint[])] AS day
      FROM (
        SELECT mine.platform, ${columns} FROM mine JOIN ${records} AS record ON record.integration_id = mine.id
        WHERE record.kind = ${salesKind} AND record.status = ANY(${sql.param(SALES[salesKind])}::text[]) AND ${during}
        UNION ALL
        SELECT sellers.platform, ${columns} FROM sellers JOIN ${records} AS record ON record.integration_id = sellers.id
        WHERE record.kind = 'customer' AND ${during}
      ) AS happened
    ),
    dated AS (
      SELECT record.integration_id, mine.platform, record.kind, record.id, record.day,
        CASE WHEN record.kind = 'traffic' THEN NULL ELSE record.currency END AS currency, record.amount, record.data
      FROM mine JOIN ${records} AS record ON record.integration_id = mine.id
      WHERE record.kind = ANY(${sql.param(DATED_KINDS)}::text[])
        AND record.day = ANY(${sql.param(days)}::date[]) AND record.deleted_at IS NULL
    )`;
}

/** What is counted and summed up. `numeric` and `bigint` come as text. */
interface Sums {
  readonly count: string;
  readonly amount: string;
  readonly refunded: string;
  readonly sessions: string;
  readonly impressions: string;
  readonly clicks: string;
  readonly value: string;
}

type MetricKind = (typeof TIMED_KINDS)[number] | (typeof DATED_KINDS)[number];

/** One day's records of one kind, currency and key. */
export interface Sum extends Sums, Record<string, unknown> {
  readonly key: string | null;
  /** Null where it was not asked for. */
  readonly day: string | null;
  readonly kind: MetricKind;
  readonly currency: string | null;
}

/** The figures that are money. */
export type MoneyFigure = (typeof MONEY_FIGURES)[number];

/** Which figures the records of each kind are counted for. */
const COUNTED: Readonly<Record<MetricKind, Partial<Record<keyof Figures, keyof Sums>>>> = {
  order: { orders: 'count' },
  charge: { orders: 'count' },
  customer: { newCustomers: 'count' },
  traffic: { sessions: 'sessions' },
  'campaign-day': { impressions: 'impressions', clicks: 'clicks' },
};
const MONEY: Readonly<Record<MetricKind, Partial<Record<MoneyFigure, keyof Sums>>>> = {
  order: { revenue: 'amount', refunds: 'refunded' },
  charge: { revenue: 'amount', refunds: 'refunded' },
  customer: {},
  traffic: {},
  'campaign-day': { adSpend: 'amount', adRevenue: 'value' },
};

/** What a sum adds to which figures: counts, and money in the sum's currency. */
export function figuresOf(sum: Sum) {
  return {
    counts: FIGURES.flatMap((figure) => {
      const column = COUNTED[sum.kind][figure];
      return column ? [{ figure, count: Number(sum[column]) }] : [];
    }),
    money: MONEY_FIGURES.flatMap((figure) => {
      const column = MONEY[sum.kind][figure];
      return column ? [{ figure, amount: Number(sum[column]) }] : [];
    }),
  };
}

/** What records are summed up by, as expressions on `timed` and `dated`. */
export interface SumsBy {
  readonly timed: SQL;
  readonly dated: SQL;
  /** Default: by day. */
  readonly day?: SQL;
}

const NOTHING: SumsBy = { timed: sql`NULL::text`, dated: sql`NULL::text` };

export async function sumRecords(
  transaction: Transaction,
  selection: Selection,
  { timed, dated, day = sql`day` }: SumsBy = NOTHING,
): Promise<Sum[]> {
  const { rows } = await transaction.execute<Sum>(sql`
    WITH ${metricRecords(selection)}
    SELECT ${timed} AS key, (${day})::text AS day, kind, currency, count(*) AS count, coalesce(sum(amount), 0) AS amount,
      coalesce(sum(refunded), 0) AS refunded, 0 AS sessions, 0 AS impressions, 0 AS clicks, 0 AS value
    FROM timed WHERE timed.day IS NOT NULL GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT ${dated}, (${day})::text, kind, currency, count(*), coalesce(sum(amount), 0), 0,
      coalesce(sum((data->>'sessions')::numeric), 0), coalesce(sum((data->>'impressions')::numeric), 0),
      coalesce(sum((data->>'clicks')::numeric), 0), coalesce(sum((data->'conversionValue'->>'amount')::numeric), 0)
    FROM dated GROUP BY 1, 2, 3, 4
    ORDER BY 1, 2, 3, 4`);
  return rows;
}

/** Where each day begins, and which day that is; null for time between them. The last one is where they end. */
function bucketsOf(timeZone: string, days: readonly string[]) {
  const wanted = new Set(days);
  const starts: number[] = [];
  const labels: (string | null)[] = [];
  let end: number | undefined;
  for (const { day, from, to } of dayStretches(timeZone, days[0] ?? '', days.at(-1) ?? '')) {
    if (!wanted.has(day)) continue;
    if (end !== undefined && end !== from) {
      starts.push(end);
      labels.push(null);
    }
    starts.push(from);
    labels.push(day);
    end = to;
  }
  if (end !== undefined) {
    starts.push(end);
    labels.push(null);
  }
  return { starts, labels };
}
