/** The records that metrics are made of: which ones count, on which day, and summed up by the database. */
import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../database/database.js';
import { integrations, organizations, records, streamReads } from '../database/schema.js';
import { beginningsOf, runsOf } from './day-beginnings.js';
import { FIGURES, type Figures } from './metric-figures.js';

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
      AND (${hasRecords(sql`mine.id`, sql`'order'`, sql`AND deleted_at IS NULL`)} OR ${mayHaveHadOrders}) LIMIT 1`);
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

/** Of an integration `mine` whose orders may all have been removed, as they were too old: it is a shop as before. */
const mayHaveHadOrders = sql`EXISTS (
  SELECT FROM ${organizations} AS whose JOIN ${streamReads} AS read ON read.kind = 'order'
  WHERE whose.id = mine.organization_id AND whose.records_from IS NOT NULL AND read.integration_id = mine.id
)`;

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
 * `integration_id`, `platform`, `kind`, `id`, `day`, `currency`, `amount`, `refunded` and `data`.
 *
 * Each integration and each stretch of days that follow each other is looked up by itself in an index. `OFFSET 0` keeps it
 * so: a subquery that has one is not merged with what is around it. Merged, PostgreSQL takes reading all organizations'
 * records once for the cheaper way as soon as there are enough of them.
 */
export function metricRecords({ organizationId, timeZone, salesKind, days }: Selection): SQL {
  const { moments, days: beginning, stretches } = beginningsOf(timeZone, days);
  const runs = runsOf(days);
  const timed = (integration: SQL, condition: SQL) => sql`
    SELECT of.platform, record.* FROM ${integration} AS of
    CROSS JOIN unnest(
      ${sql.param(stretches.map(({ from }) => from))}::bigint[], ${sql.param(stretches.map(({ to }) => to))}::bigint[]
    ) AS stretch (begins, ends)
    CROSS JOIN LATERAL (
      SELECT integration_id, kind, id, currency, amount, refunded, data, occurred_at FROM ${records} AS record
      WHERE integration_id = of.id AND ${condition} AND occurred_at >= stretch.begins AND occurred_at < stretch.ends
        AND deleted_at IS NULL
      OFFSET 0
    ) AS record`;
  return sql`
    mine AS (SELECT id, platform, organization_id FROM ${integrations} WHERE organization_id = ${organizationId}),
    -- Customers of where the sales are: those of a shop are often in its payments too.
    sellers AS (
      SELECT id, platform FROM mine
      WHERE ${salesKind} = 'charge' OR ${hasRecords(sql`mine.id`, sql`'order'`)} OR ${mayHaveHadOrders}
    ),
    timed AS (
      SELECT happened.*,
        (${sql.param(beginning)}::date[])[width_bucket(occurred_at, ${sql.param(moments)}::bigint[])] AS day
      FROM (
        ${timed(sql`mine`, sql`kind = ${salesKind} AND status = ANY(${sql.param(SALES[salesKind])}::text[])`)}
        UNION ALL
        ${timed(sql`sellers`, sql`kind = 'customer'`)}
      ) AS happened
    ),
    -- Where it is asked twice, the second time is for campaigns alone.
    dated AS NOT MATERIALIZED (
      SELECT record.integration_id, mine.platform, record.kind, record.id, record.day, record.currency, record.amount,
        record.data, (record.data->>'sessions')::numeric AS sessions,
        (record.data->>'impressions')::numeric AS impressions, (record.data->>'clicks')::numeric AS clicks,
        (record.data->'conversionValue'->>'amount')::numeric AS value
      FROM mine
      CROSS JOIN unnest(${sql.param(DATED_KINDS)}::text[]) AS dated (kind)
      CROSS JOIN unnest(
        ${sql.param(runs.map(([first]) => first))}::date[], ${sql.param(runs.map(([, last]) => last))}::date[]
      ) AS run (first, last)
      CROSS JOIN LATERAL (
        SELECT integration_id, kind, id, day, currency, amount, data FROM ${records} AS record
        WHERE integration_id = mine.id AND kind = dated.kind AND day >= run.first AND day <= run.last
          AND deleted_at IS NULL
        OFFSET 0
      ) AS record
    )`;
}

/** What is counted and summed up. `numeric` and `bigint` come as text. */
interface Sums {
  /** Of records. */
  readonly count: string;
  readonly amount: string;
  readonly refunded: string;
  readonly sessions: string;
  readonly impressions: string;
  readonly clicks: string;
  readonly value: string;
}

export type MetricKind = (typeof TIMED_KINDS)[number] | (typeof DATED_KINDS)[number];

/** One day's records of one kind, currency and key. */
export interface Sum extends Sums, Record<string, unknown> {
  readonly key: string | null;
  /** Null where it makes no difference. */
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

/**
 * The figures that an integration with records of these kinds feeds: where orders are the sales, charges are not, and
 * customers count of those who have orders.
 */
export function figuresFedBy(kinds: readonly MetricKind[], salesKind: SalesKind | null): (keyof Figures)[] {
  const isCounted = (kind: MetricKind) => {
    if (salesKind !== 'order') return true;
    return kind !== 'charge' && (kind !== 'customer' || kinds.includes('order'));
  };
  return FIGURES.filter((figure) =>
    kinds.some((kind) => isCounted(kind) && (figure in COUNTED[kind] || figure in MONEY[kind])),
  );
}

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

/** What records are summed up by. */
export interface SumsBy {
  /** An expression on `timed`. */
  readonly timed: SQL;
  /** An expression on `dated`. */
  readonly dated: SQL;
  /** The day of a row of `timed`, or null where it makes no difference. */
  readonly day: SQL;
  /**
   * Counts are rounded for each day, money for each of its currencies: PostgreSQL rounds half a unit away from zero. Not
   * where the sums of several keys make up a day.
   */
  readonly isRounded: boolean;
}

/** No other keys than the days. */
export const BY_DAY: SumsBy = { timed: sql`NULL::text`, dated: sql`NULL::text`, day: sql`day`, isRounded: true };

export async function sumRecords(transaction: Transaction, selection: Selection, by: SumsBy): Promise<Sum[]> {
  const { rows } = await transaction.execute<Sum>(summedUp(selection, by));
  return rows;
}

/** The statement of `sumRecords`. */
export function summedUp(selection: Selection, by: SumsBy): SQL {
  const sum = (column: string) => {
    const given = sql.raw(`coalesce(sum(${column}), 0)`);
    return by.isRounded ? sql`round(${given})` : given;
  };
  return sql`
    WITH ${metricRecords(selection)}
    SELECT ${by.timed} AS key, (${by.day})::text AS day, kind, currency, count(*) AS count,
      coalesce(sum(amount), 0) AS amount, coalesce(sum(refunded), 0) AS refunded,
      0 AS sessions, 0 AS impressions, 0 AS clicks, 0 AS value
    FROM timed GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT ${by.dated}, day::text, kind, NULL, count(*), 0, 0, ${sum('sessions')}, ${sum('impressions')}, ${sum('clicks')}, 0
    FROM dated GROUP BY 1, 2, 3
    UNION ALL
    SELECT ${by.dated}, day::text, kind, currency, 0, coalesce(sum(amount), 0), 0, 0, 0, 0, ${sum('value')}
    FROM dated WHERE kind = 'campaign-day' GROUP BY 1, 2, 3, 4
    ORDER BY 1, 2, 3, 4`;
}

/** Adds up the sums of several reads that are of the same kind, currency, key and day. */
export function mergeSums(sums: readonly Sum[]): Sum[] {
  const merged = new Map<string, Sum>();
  for (const sum of sums) {
    const id = JSON.stringify([sum.key, sum.day, sum.kind, sum.currency]);
    const other = merged.get(id);
    const add = (column: keyof Sums) => String(Number(other?.[column] ?? 0) + Number(sum[column]));
    merged.set(id, {
      ...sum,
      count: add('count'),
      amount: add('amount'),
      refunded: add('refunded'),
      sessions: add('sessions'),
      impressions: add('impressions'),
      clicks: add('clicks'),
      value: add('value'),
    });
  }
  return [...merged.values()];
}
