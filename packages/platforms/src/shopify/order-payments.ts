/** What was paid for an order, and what is still owed: asked for where its sums do not tell what it has sold. */
import { z } from 'zod';
import type { Asking } from '../platform.js';
import { moneyOf } from '../records/money.js';
import type { ShopifyClient } from './client.js';
import { isPlain } from './order-total.js';
import { ORDER_PAYMENTS } from './queries.js';

/** One that can't be read makes the order one that does not fit, and stops no other. */
const amount = z
  .object({ shopMoney: z.object({ amount: z.string(), currencyCode: z.string() }) })
  .transform(({ shopMoney }, context) => {
    try {
      return moneyOf(shopMoney.amount, shopMoney.currencyCode).amount;
    } catch {
      context.addIssue('expected an amount');
      return z.NEVER;
    }
  });

const sums = z.object({
  id: z.string(),
  displayFinancialStatus: z.string().nullable(),
  totalPriceSet: amount,
  currentTotalPriceSet: amount,
  totalRefundedSet: amount,
});

const payments = z.object({ order: z.record(z.string(), z.unknown()).nullish() });

/** The order with its payments, where they are needed. What is no order stays as it is: it is rejected later. */
export async function withPayments(client: ShopifyClient, node: unknown, { signal, now }: Asking): Promise<unknown> {
  const { data: order } = sums.safeParse(node);
  if (!order || !isInDoubt(order)) return node;
  const variables = { id: order.id };
  const { data } = await client.query(payments, { query: ORDER_PAYMENTS, variables, signal, now });
  // Null: it was deleted in between.
  return { ...Object(node), ...data.order };
}

function isInDoubt(order: z.output<typeof sums>): boolean {
  if (order.displayFinancialStatus === 'PARTIALLY_PAID') return true;
  const { totalPriceSet: ordered, currentTotalPriceSet: current, totalRefundedSet: refunded } = order;
  return !isPlain({ ordered, current, refunded });
}
