/** What webhooks of orders carry: the REST API's object ("Order" of the REST Admin API). */
import { z } from 'zod';
import { moneyOf } from '../money.js';
import type { OrderRecord } from '../record.js';
import type { RecordReader } from '../sort-records.js';
import { paymentOf } from './records.js';

const id = z.union([z.number().int(), z.string().regex(/^\d+$/)]).transform(String);
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const moneySet = z.object({ shop_money: z.object({ amount: z.string(), currency_code: z.string() }) });

const transaction = z.object({ kind: z.string(), status: z.string(), amount: z.string(), currency: z.string() });
const refunds = z.array(z.object({ transactions: z.array(transaction) })).default([]);

const order = z.object({
  id,
  name: z.string(),
  processed_at: time,
  updated_at: time,
  cancelled_at: time.nullish(),
  financial_status: z.string().nullable(),
  test: z.boolean(),
  total_price_set: moneySet,
  refunds,
  customer: z.object({ id }).nullish(),
  line_items: z.array(
    z.object({ title: z.string(), quantity: z.number().int(), price_set: moneySet, product_id: id.nullish() }),
  ),
});

export const orderPayload: RecordReader<z.output<typeof order>> = {
  kind: 'order',
  schema: order,
  toRecord: (raw): OrderRecord => ({
    kind: 'order',
    id: raw.id,
    updatedAt: raw.updated_at,
    number: raw.name,
    placedAt: raw.processed_at,
    ...(raw.cancelled_at ? { cancelledAt: raw.cancelled_at } : {}),
    payment: paymentOf(raw.financial_status, raw.test),
    total: toMoney(raw.total_price_set),
    refunded: refundedOf(raw),
    ...(raw.customer ? { customerId: raw.customer.id } : {}),
    items: raw.line_items.map(({ product_id: productId, title, quantity, price_set: price }) => ({
      ...(productId ? { productId } : {}),
      title,
      quantity,
      price: toMoney(price),
    })),
  }),
};

function toMoney({ shop_money: { amount, currency_code: currency } }: z.output<typeof moneySet>) {
  return moneyOf(amount, currency);
}

/** The payload has no sum of what was given back, only each transaction, in the currency that was paid in. */
function refundedOf({ refunds: given, total_price_set: total }: z.output<typeof order>) {
  const { currency_code: currency } = total.shop_money;
  const amount = given
    .flatMap(({ transactions }) => transactions)
    .filter(({ kind, status }) => kind === 'refund' && status === 'success')
    .reduce((sum, one) => sum + moneyOf(one.amount, one.currency).amount, 0);
  return { amount, currency };
}

const paidElsewhere = z.object({ total_price_set: moneySet, refunds });

/** Whether the sum of the refunds can be told from the payload: not where the customer paid in another currency. */
export function refundsAreInShopMoney(payload: unknown): boolean {
  const { data } = paidElsewhere.safeParse(payload);
  if (!data) return true;
  const { currency_code: currency } = data.total_price_set.shop_money;
  return data.refunds.every(({ transactions }) => transactions.every((one) => one.currency === currency));
}
