/** What WooCommerce's resources become ("Order properties", "Product properties", "Customer properties"). */
import { defined } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { moneyOf } from '../records/money.js';
import type { CustomerRecord, Money, OrderRecord, ProductRecord } from '../records/record.js';
import type { RecordReader } from '../records/sort-records.js';
import { countryOf, wooChannelOf } from './origin.js';

const number = z.number().int().positive();
/** A number, which comes as its digits where a double can't hold it. */
export const id = z.union([number, z.string().regex(/^[1-9]\d*$/)]).transform(String);
/** Of what may not be there: then it is 0. */
const reference = z.union([z.number().int(), id]).transform((given) => (Number(given) > 0 ? String(given) : undefined));

/** The fields that end in `_gmt`: a time without its zone. */
const gmt = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/, 'expected a time as 2026-11-24T10:00:00')
  .transform((text) => Date.parse(`${text}Z`))
  .refine((time) => !Number.isNaN(time), 'expected a time that exists');

const decimal = z.string();

const order = z.object({
  id,
  number: z.string(),
  status: z.string(),
  currency: z.string(),
  date_created_gmt: gmt,
  date_modified_gmt: gmt,
  date_paid_gmt: gmt.nullish(),
  total: decimal,
  customer_id: reference,
  line_items: z.array(z.object({ name: z.string(), product_id: reference, quantity: z.number(), total: decimal })),
  /** What was given back: negative. */
  refunds: z.array(z.object({ total: decimal })).optional(),
  // Read by origin.ts, whatever they are.
  billing: z.unknown().optional(),
  shipping: z.unknown().optional(),
  created_via: z.unknown().optional(),
  meta_data: z.unknown().optional(),
});
type WooCommerceOrder = z.output<typeof order>;

export const orderReader: RecordReader<WooCommerceOrder> = {
  kind: 'order',
  schema: order,
  toRecord: toOrder,
  idOf,
};

function toOrder(raw: WooCommerceOrder): OrderRecord {
  const { currency, status } = raw;
  const total = moneyOf(raw.total, currency);
  const refunded = { ...total, amount: refundedOf(raw, total) };
  const [country, channel] = [countryOf(raw), wooChannelOf(raw)];
  return {
    kind: 'order',
    id: raw.id,
    updatedAt: raw.date_modified_gmt,
    number: raw.number,
    placedAt: raw.date_created_gmt,
    // WooCommerce keeps no time of the cancelling: the last change is the nearest that it says.
    ...(status === 'cancelled' ? { cancelledAt: raw.date_modified_gmt } : {}),
    payment: paymentOf(raw, total, refunded),
    total,
    refunded,
    ...defined({ customerId: raw.customer_id, country, channel }),
    items: raw.line_items.map((line) => ({
      ...defined({ productId: line.product_id }),
      title: line.name,
      quantity: line.quantity,
      price: unitPrice(moneyOf(line.total, currency), line.quantity),
    })),
  };
}

/** `price` of a line is a float; its total is exact. */
function unitPrice(total: Money, quantity: number): Money {
  return quantity > 0 ? { ...total, amount: Math.round(total.amount / quantity) } : total;
}

/**
 * Whether a shop has set an order to "refunded" that was never paid, in place of cancelling it. A refund that the order
 * names then says nothing: WooCommerce adds one by itself when the status is set (`wc_order_fully_refunded`).
 */
function isRefundOfNothing({ status, date_paid_gmt: paidAt }: WooCommerceOrder): boolean {
  return status === 'refunded' && !paidAt;
}

/** Minor units. */
function refundedOf(raw: WooCommerceOrder, total: Money): number {
  if (isRefundOfNothing(raw)) return 0;
  const given = (raw.refunds ?? []).reduce((sum, refund) => sum + moneyOf(refund.total, raw.currency).amount, 0);
  // Where a plugin keeps WooCommerce from adding the refund, an order that is set to "refunded" names none.
  return raw.status === 'refunded' && given === 0 ? total.amount : Math.abs(given);
}

/**
 * "Order statuses", and those that plugins add: what counts then is whether the order has been paid. `date_paid` is set
 * with the first of "processing" and "completed", and for cash on delivery with "completed" alone (`maybe_set_date_paid`).
 */
function paymentOf(raw: WooCommerceOrder, total: Money, refunded: Money): OrderRecord['payment'] {
  const { status } = raw;
  // WooCommerce's own reports leave them out too, whether they were paid or not.
  if (status === 'cancelled' || status === 'failed' || status === 'trash') return 'void';
  if (status === 'refunded') return isRefundOfNothing(raw) ? 'void' : 'refunded';
  const isOpen = status === 'pending' || status === 'on-hold' || status === 'checkout-draft';
  const isDone = status === 'processing' || status === 'completed';
  if (isOpen || !(isDone || raw.date_paid_gmt)) return 'pending';
  if (refunded.amount === 0) return 'paid';
  return refunded.amount >= total.amount ? 'refunded' : 'partially-refunded';
}

const product = z.object({
  id,
  name: z.string(),
  status: z.string(),
  date_created_gmt: gmt.nullish(),
  date_modified_gmt: gmt,
  /** Empty where it has none. Of a variable product, that of its cheapest variation. */
  price: decimal,
  stock_quantity: z.number().nullish(),
});
type WooCommerceProduct = z.output<typeof product>;

/** @param currency of the shop, ISO 4217 */
export function productReader(currency: string): RecordReader<WooCommerceProduct> {
  return {
    kind: 'product',
    schema: product,
    idOf,
    toRecord: (raw): ProductRecord => ({
      kind: 'product',
      id: raw.id,
      updatedAt: raw.date_modified_gmt,
      title: raw.name,
      // "Product properties", status: draft, pending, private and publish.
      status: raw.status === 'publish' ? 'active' : raw.status === 'trash' ? 'archived' : 'draft',
      ...(raw.price === '' ? {} : { price: moneyOf(raw.price, currency) }),
      ...(typeof raw.stock_quantity === 'number' ? { stock: raw.stock_quantity } : {}),
    }),
  };
}

const customer = z.object({
  id,
  date_created_gmt: gmt,
  /** Null until something is changed. */
  date_modified_gmt: gmt.nullish(),
  email: z.string(),
  first_name: z.string(),
  last_name: z.string(),
});
type WooCommerceCustomer = z.output<typeof customer>;

export const customerReader: RecordReader<WooCommerceCustomer> = {
  kind: 'customer',
  schema: customer,
  idOf,
  toRecord(raw): CustomerRecord {
    const name = `${raw.first_name} ${raw.last_name}`.trim();
    return {
      kind: 'customer',
      id: raw.id,
      updatedAt: raw.date_modified_gmt ?? raw.date_created_gmt,
      createdAt: raw.date_created_gmt,
      ...(raw.email ? { email: raw.email } : {}),
      ...(name ? { name } : {}),
    };
  },
};

const numbered = z.object({ id: number });
const identity = z.object({ id });

/** The place of a thing in a list in the order of ids; undefined where its id is none, or no number that could be compared. */
export function numberOf(raw: unknown): number | undefined {
  return numbered.safeParse(raw).data?.id;
}

/** The id of a thing that may not fit otherwise. */
export function idOf(raw: unknown): string | undefined {
  return identity.safeParse(raw).data?.id;
}
