import { shopify } from '@bizinsights/jobs-platforms/shopify';
import { expect, it } from 'vitest';
import { createReceiver } from '../fixtures/receiver.js';
import { schemeOf } from '../fixtures/scheme-of.js';
import { startSandbox } from '../index.js';
import { readShop } from './fixtures/shop-reader.js';

const webhook = schemeOf(shopify);

it('knows every topic that the sandbox sends; orders are what a sync brings', async () => {
  const receiver = await createReceiver();
  const sandbox = await startSandbox({ platforms: ['shopify'], days: 30 });
  const synced = await readShop(sandbox);
  let compared = 0;
  for (const topic of sandbox.shopify.webhookTopics) {
    await sandbox.shopify.sendWebhook(topic, { to: receiver.url });
    const got = receiver.take();
    expect(webhook.verify(got, [sandbox.shopify.webhookSecret ?? ''], sandbox.now())).toEqual({ verified: true });
    const event = webhook.read(got);
    const effect = event && webhook.apply(event);
    expect(effect?.kind).not.toBe('ignored');
    for (const record of effect?.kind === 'records' ? effect.records : []) {
      // What has brought an order of the online shop, its webhook does not say.
      const { channel, ...rest } = { channel: undefined, ...synced.get(`${record.kind} ${record.id}`) };
      expect(channel).toBe('Organic Search');
      expect(record).toEqual(rest);
      compared++;
    }
  }
  expect(compared).toBe(5);
  await Promise.all([sandbox.close(), receiver.close()]);
});
