/** The line items of an order that has more than come with it. */
import { z } from 'zod';
import type { ReadOptions } from '../platform.js';
import { loopGuard } from '../streams/loop-guard.js';
import type { ShopifyClient } from './client.js';
import { ORDER_ITEMS } from './queries.js';

const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });
const connection = z.object({ edges: z.array(z.unknown()), pageInfo });
const longOrder = z.looseObject({ id: z.string(), lineItems: connection });
const more = z.object({ order: z.object({ lineItems: connection }).nullable() });

/** The order with all of its items. What is no order stays as it is: it is rejected later, with its reason. */
export async function withAllItems(
  client: ShopifyClient,
  node: unknown,
  { signal, now }: Pick<ReadOptions, 'signal' | 'now'>,
): Promise<unknown> {
  const order = longOrder.safeParse(node).data;
  if (!order?.lineItems.pageInfo.hasNextPage) return node;
  const noLoop = loopGuard("Shopify's line items");
  const edges = [...order.lineItems.edges];
  let info = order.lineItems.pageInfo;
  while (info.hasNextPage) {
    noLoop(info.endCursor ?? '');
    const variables = { id: order.id, after: info.endCursor };
    const { data } = await client.query(more, { query: ORDER_ITEMS, variables, signal, now });
    // The order was deleted in between.
    if (!data.order) return node;
    edges.push(...data.order.lineItems.edges);
    info = data.order.lineItems.pageInfo;
  }
  return { ...order, lineItems: { edges, pageInfo: info } };
}
