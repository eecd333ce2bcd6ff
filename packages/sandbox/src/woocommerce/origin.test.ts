import { wooCommerce } from '@bizinsights/jobs-platforms/woocommerce';
import { describe, expect, it } from 'vitest';
import { createReceiver } from '../fixtures/receiver.js';
import { schemeOf } from '../fixtures/scheme-of.js';
import { type Sandbox, startSandbox } from '../index.js';

describe('of the sandbox', () => {
  const CHANNELS = { web: undefined, pos: 'Point of sale', admin: 'Admin' } as const;

  async function syncedOrders(sandbox: Sandbox) {
    const { streams } = wooCommerce.connect(sandbox.woocommerce.credentials, sandbox.http);
    const options = { mode: 'full', cursor: undefined, signal: AbortSignal.timeout(20_000), now: sandbox.now } as const;
    const orders = [];
    for await (const { records } of streams[0]?.read(options) ?? []) orders.push(...records);
    return orders;
  }

  it('each order is of the country and the channel that the shop knows, by sync and by webhook alike', async () => {
    const receiver = await createReceiver();
    const sandbox = await startSandbox({ platforms: ['woocommerce'], days: 30 });
    const synced = await syncedOrders(sandbox);
    const { orders } = sandbox.shop;
    const told = orders.map(({ id, country, source, channel: visited }) => ({
      id: String(id),
      country,
      channel: CHANNELS[source] ?? visited,
    }));
    expect(synced).toMatchObject(told);
    expect(new Set(told.map((order) => order.channel)).size).toBeGreaterThan(5);

    await sandbox.woocommerce.sendWebhook('order.updated', { to: receiver.url });
    const scheme = schemeOf(wooCommerce);
    const event = scheme.read(receiver.take());
    expect(event && scheme.apply(event)).toMatchObject({ records: [synced.at(-1)] });
    await Promise.all([sandbox.close(), receiver.close()]);
  });
});
