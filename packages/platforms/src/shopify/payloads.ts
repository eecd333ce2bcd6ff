/** What webhooks of orders carry: the REST API's object ("Order" of the REST Admin API). */
import { defined } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { moneyOf } from '../records/money.js';
import type { OrderRecord } from '../records/record.js';
import { type RecordReader, sortRecords } from '../records/sort-records.js';
import { countryCode, placeOf } from './order-origin.js';
import { isPlain, type OrderSums, soldTotal } from './order-total.js';
import { paymentOf, soldItem } from './records.js';

const id = z.union([z.number().int(), z.string().regex(/^\d+$/)]).transform(String);
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const moneySet = z.object({ shop_money: z.object({ amount: z.string(), currency_code: z.string() }) });

const transaction = z.object({ kind: z.string(), status: z.string(), amount: z.string(), currency: z.string() });
/** An amount in the shop's currency, which the payload has named elsewhere. */
const shopAmount = z
  .string()
  // Of what can be exact in any currency.
  .regex(/^-?\d{1,11}(\.\d+)?$/)
  .nullish()
  .catch(undefined);
const refunds = z
  .array(z.object({ transactions: z.array(transaction), order_adjustments: z.array(z.unknown()).nullish() }))
  .default([]);
const address = z.object({ country_code: countryCode }).nullish();

const order = z.object({
  id,
  name: z.string(),
  processed_at: time,
  updated_at: time,
  cancelled_at: time.nullish(),
  financial_status: z.string().nullable(),
  test: z.boolean(),
  source_name: z.string().nullish(),
  total_price_set: moneySet,
  current_total_price_set: moneySet.nullish(),
  current_total_price: shopAmount,
  refunds,
  shipping_address: address,
  billing_address: address,
  customer: z.object({ id }).nullish(),
  line_items: z.array(
    z.object({
      title: z.string(),
      quantity: z.number().int(),
      current_quantity: z.number().int().nullish(),
      price_set: moneySet,
      product_id: id.nullish(),
    }),
  ),
});

export const orderPayload: RecordReader<z.output<typeof order>> = {
  kind: 'order',
  schema: order,
  toRecord(raw): OrderRecord {
    const { currency } = toMoney(raw.total_price_set);
    const sums = sumsOf(raw);
    const country = raw.shipping_address?.country_code ?? raw.billing_address?.country_code;
    // What has brought an order of the online shop, the payload does not say: what a sync has found stays.
    const channel = placeOf(raw.source_name);
    return {
      kind: 'order',
      id: raw.id,
      updatedAt: raw.updated_at,
      number: raw.name,
      placedAt: raw.processed_at,
      ...(raw.cancelled_at ? { cancelledAt: raw.cancelled_at } : {}),
      payment: paymentOf(raw.financial_status, raw.test),
      total: { amount: soldTotal(sums), currency },
      refunded: { amount: sums.refunded, currency },
      ...(raw.customer ? { customerId: raw.customer.id } : {}),
      ...defined({ country, channel }),
      items: raw.line_items.flatMap(
        ({ product_id: productId, title, quantity, current_quantity: currentQuantity, price_set: price }) =>
          soldItem(
            sums,
            { currentQuantity },
            { ...(productId ? { productId } : {}), title, quantity, price: toMoney(price) },
          ),
      ),
    };
  },
};

function toMoney({ shop_money: { amount, currency_code: currency } }: z.output<typeof moneySet>) {
  return moneyOf(amount, currency);
}

const money = z.object({
  financial_status: z.string().nullish(),
  total_price_set: moneySet,
  current_total_price_set: moneySet.nullish(),
  current_total_price: shopAmount,
  total_outstanding: shopAmount,
  refunds,
});

/** The payload has no sum of what was given back, only each transaction, in the currency that was paid in. */
function sumsOf(raw: Omit<z.output<typeof money>, 'total_outstanding'>): OrderSums {
  const { amount: ordered, currency } = toMoney(raw.total_price_set);
  const { current_total_price_set: set, current_total_price: current } = raw;
  return {
    ordered,
    current: set ? toMoney(set).amount : current ? moneyOf(current, currency).amount : undefined,
    refunded: raw.refunds
      .flatMap(({ transactions }) => transactions)
      .filter(({ kind, status }) => kind === 'refund' && status === 'success')
      .reduce((sum, one) => sum + moneyOf(one.amount, one.currency).amount, 0),
  };
}

/**
 * Whether the payload says what the order has sold and given back. It does not where the customer paid in another
 * currency, where other amounts were given back than the items had cost, and where an order is partly paid: a deposit,
 * or an edit that has added something to an order that was paid.
 */
export function tellsMoney(payload: unknown): boolean {
  const { data } = money.safeParse(payload);
  if (!data) return true;
  if (data.financial_status?.toLowerCase() === 'partially_paid') return false;
  const { currency_code: currency } = data.total_price_set.shop_money;
  if (!data.refunds.every(({ transactions }) => transactions.every((one) => one.currency === currency))) return false;
  // What does not fit is kept aside with its reason.
  if (sortRecords(orderPayload, [payload]).rejected.length > 0) return true;
  const sums = sumsOf(data);
  if (isPlain(sums)) return true;
  // Where something was given back, all was paid. What is owed then tells whether an edit has lowered the order, or less
  // was given back than the items had cost.
  const owed = data.total_outstanding ? moneyOf(data.total_outstanding, currency).amount : undefined;
  if (owed !== undefined && sums.ordered + owed !== soldTotal(sums)) return false;
  return data.refunds.every(({ order_adjustments: given }) => (given ?? []).length === 0);
}
