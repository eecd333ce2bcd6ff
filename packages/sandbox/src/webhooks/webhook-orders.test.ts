// An order is the same, whether a sync or a webhook tells of it: otherwise each would take the other for a change.
import type { OrderRecord, Stream, WebhookScheme } from '@bizinsights/jobs-platforms';
import { shopify } from '@bizinsights/jobs-platforms/shopify';
import { wooCommerce } from '@bizinsights/jobs-platforms/woocommerce';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../index.js';
import { orderPayload } from '../shopify/webhooks.js';
import { viewsOf } from '../woocommerce/views.js';

const DAY = 86_400_000;

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ platforms: ['shopify', 'woocommerce'], days: 40 });
  for (let round = 0; round < 10; round++) {
    sandbox.edit();
    sandbox.change();
  }
  sandbox.advance(3 * DAY);
});
afterAll(() => sandbox.close());

async function syncOrders(streams: readonly Stream[]): Promise<ReadonlyMap<string, OrderRecord>> {
  const orders = new Map<string, OrderRecord>();
  const options = { mode: 'full', cursor: undefined, signal: AbortSignal.timeout(100_000), now: sandbox.now } as const;
  for await (const { records, rejected } of streams.find(({ kind }) => kind === 'order')?.read(options) ?? []) {
    expect(rejected).toEqual([]);
    for (const record of records) if (record.kind === 'order') orders.set(record.id, record);
  }
  const payments = new Set([...orders.values()].map(({ payment }) => payment));
  expect(payments).toEqual(new Set(['paid', 'pending', 'partially-refunded', 'refunded', 'void']));
  return orders;
}

/** The record of a webhook; undefined where the webhook has the order read. */
function tellOf({ webhook }: { webhook?: WebhookScheme }, topic: string, account: string, payload: unknown) {
  const effect = webhook?.apply({ id: 'delivery', topic, account, payload });
  expect(effect).not.toHaveProperty('unproven');
  if (effect?.kind === 'sync') return undefined;
  const [record] = effect?.kind === 'records' ? effect.records : [];
  return record?.kind === 'order' ? record : expect.fail(`no order: ${JSON.stringify(effect)}`);
}

it('a webhook of Shopify has each order as a sync has it, but for the channel of the online shop', async () => {
  const orders = await syncOrders(shopify.connect(sandbox.shopify.credentials, sandbox.http).streams);
  let told = 0;
  for (const order of sandbox.shop.orders) {
    const payload = orderPayload(order, sandbox.shop);
    const record = tellOf(shopify, 'orders/updated', 'glaze-and-co.myshopify.com', payload);
    if (!record) continue;
    const { channel, ...known } = orders.get(record.id) ?? {};
    expect(record).toEqual(order.source === 'web' ? known : { ...known, channel });
    told++;
  }
  expect(told).toBeGreaterThan(orders.size / 2);
});

it('a webhook of WooCommerce has each order as a sync has it', async () => {
  const orders = await syncOrders(wooCommerce.connect(sandbox.woocommerce.credentials, sandbox.http).streams);
  const view = viewsOf(sandbox.shop, 'https://glaze-and-co.example').orders;
  for (const order of sandbox.shop.orders) {
    const record = tellOf(wooCommerce, 'order.updated', 'glaze-and-co.example', view?.show(order, undefined));
    expect(record).toEqual(orders.get(String(order.id)));
  }
});
