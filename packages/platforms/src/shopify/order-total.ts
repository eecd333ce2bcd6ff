/**
 * What an order has sold, as it is edited and returned.
 *
 * Shopify keeps three sums, each in the shop's currency ("Order": `totalPriceSet`, `currentTotalPriceSet`,
 * `totalRefundedSet`): what was ordered, without what edits and refunds have taken out of it; what is left of that after
 * edits, returns and refunds of items; and the money that went back. An item that is refunded lowers the second and
 * raises the third; an item that an edit removes lowers the second alone; an amount that is given back for no item raises
 * the third alone. Our `total` is before refunds, which are told beside it, and after edits: it lies where the money that
 * was given back is the difference.
 *
 * @see https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Order
 * @see https://shopify.dev/docs/apps/build/orders-fulfillment/order-management-apps/edit-orders
 */

/** Minor units of the shop's currency. Undefined: not said. */
export interface OrderSums {
  /** `totalPriceSet` */
  readonly ordered: number;
  /** `currentTotalPriceSet`. Webhooks of old API versions do not have it. */
  readonly current: number | undefined;
  /** `totalRefundedSet` */
  readonly refunded: number;
  /** `totalReceivedSet`: what was paid so far. */
  readonly received?: number | undefined;
  /** `totalOutstandingSet`: what is still to be paid; negative for what the customer is owed. */
  readonly outstanding?: number | undefined;
}

/** What was sold, after edits and before refunds, in minor units. */
export function soldTotal(sums: OrderSums): number {
  const { ordered, current, refunded, received, outstanding } = sums;
  if (current === undefined) return ordered;
  if (refunded === 0) return current;
  if (isPlain(sums)) return ordered;
  // Edits and refunds together, or less given back than the items had cost. What was paid and is owed tells them apart.
  if (received !== undefined && outstanding !== undefined) return received + outstanding;
  return Math.max(current, Math.min(ordered, current + refunded));
}

/**
 * Whether the three sums alone tell what was sold: nothing was given back, so that edits alone have changed the order; or
 * no item is gone; or what was given back is what the items had cost that are.
 */
export function isPlain({ ordered, current, refunded }: OrderSums): boolean {
  return current === undefined || refunded === 0 || current === ordered || current + refunded === ordered;
}

/**
 * Whether what is missing of the items was given back for, as far as the sums tell it. Such items were sold: the refund
 * counts beside them. Others were taken out of the order.
 */
export function isOnlyRefunded(sums: OrderSums): boolean {
  return sums.refunded > 0 && soldTotal(sums) === sums.ordered;
}
