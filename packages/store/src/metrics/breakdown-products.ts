/** What was sold of each product: by the items of the orders that count as sold. */
import { sql } from 'drizzle-orm';
import { records } from '../database/schema.js';
import { type BreakdownSource, foreignDay, type Part, readDays, shareOut } from './breakdown-source.js';
import { metricRecords } from './metric-records.js';

/** What was sold of one product. */
export interface ProductRow {
  /** The platform's id of the product. Undefined: all items of which no product is known, such as shipping or a gift. */
  readonly key: string | undefined;
  /** Whose product it is: ids of two accounts have nothing to do with each other. Undefined as `key` is. */
  readonly integrationId: string | undefined;
  /** Its title today; of one that is gone, as it was sold last. Undefined as `key` is. */
  readonly label: string | undefined;
  /** Price by quantity of its items, before discounts, taxes and shipping: so it is not what `total` has. Minor units. */
  readonly revenue: number;
  /** How many were sold. */
  readonly units: number;
  /** Orders that have it. */
  readonly orders: number;
  /** ISO 4217 */
  readonly currency: string;
  /** Some money is not in the figures: there was no rate for its currency. */
  readonly isPartial: boolean;
}

/** Items of one product, currency and day. `numeric` and `bigint` come as text. */
interface Sold extends Record<string, unknown> {
  readonly integration_id: string;
  readonly product_id: string | null;
  readonly currency: string | null;
  readonly day: string | null;
  readonly title: string | null;
  /** When it was sold last, epoch ms. */
  readonly last_at: string;
  readonly amount: string;
  readonly units: string;
  readonly orders: string;
}

export async function productRows(source: BreakdownSource): Promise<ProductRow[]> {
  // A charge has no items.
  if (source.salesKind !== 'order') return [];
  const rows = new Map<string | undefined, { -readonly [Field in keyof ProductRow]: ProductRow[Field] }>();
  const lastSold = new Map<string | undefined, number>();
  const parts: Part[] = [];
  for (const sold of await itemsSold(source)) {
    const { product_id, integration_id, title, currency, day } = sold;
    const id = product_id === null ? undefined : JSON.stringify([integration_id, product_id]);
    const row = rows.get(id) ?? {
      key: product_id ?? undefined,
      integrationId: product_id === null ? undefined : integration_id,
      label: undefined,
      revenue: 0,
      units: 0,
      orders: 0,
      currency: source.currency,
      isPartial: false,
    };
    rows.set(id, row);
    const lastAt = Number(sold.last_at);
    if (id !== undefined && lastAt > (lastSold.get(id) ?? Number.NEGATIVE_INFINITY)) {
      lastSold.set(id, lastAt);
      row.label = title ?? undefined;
    }
    row.units += Number(sold.units);
    row.orders += Number(sold.orders);
    const add = (amount: number | undefined) => {
      if (amount === undefined) row.isPartial = true;
      else row.revenue += amount;
    };
    parts.push({ figure: 'revenue', amount: Number(sold.amount), currency, day, add });
  }
  await shareOut(parts, source);
  return [...rows.values()];
}

async function itemsSold(source: BreakdownSource): Promise<Sold[]> {
  return await readDays(
    source,
    async (transaction, selection) => {
      const { rows } = await transaction.execute<Sold>(sql`
    WITH ${metricRecords(selection)},
    items AS (
      SELECT timed.integration_id, timed.id AS order_id, timed.occurred_at, timed.day,
        nullif(item->>'productId', '') AS product_id, item->>'title' AS title,
        coalesce(item->'price'->>'currency', timed.currency) AS currency,
        (item->>'quantity')::numeric AS quantity, (item->'price'->>'amount')::numeric AS price
      FROM timed CROSS JOIN LATERAL jsonb_array_elements(timed.data->'items') AS item
      WHERE timed.kind = 'order'
    ),
    sold AS (
      SELECT integration_id, product_id, currency, (${foreignDay(source.currency)})::text AS day,
        sum(round(price * quantity)) AS amount, sum(quantity) AS units, count(DISTINCT order_id) AS orders,
        (array_agg(title ORDER BY occurred_at DESC, order_id))[1] AS title, max(occurred_at) AS last_at
      FROM items GROUP BY 1, 2, 3, 4
    )
    SELECT sold.integration_id, sold.product_id, sold.currency, sold.day, sold.amount, sold.units, sold.orders,
      sold.last_at,
      coalesce((
        SELECT data->>'title' FROM ${records} AS product WHERE product.integration_id = sold.integration_id
          AND product.kind = 'product' AND product.id = sold.product_id AND product.deleted_at IS NULL
      ), sold.title) AS title
    FROM sold
    ORDER BY 1, 2, 3, 4 DESC`);
      return rows;
    },
    ({ orders }) => Number(orders),
  );
}
