import { wooCommerce } from '@bizinsights/jobs-platforms/woocommerce';
import { expect, it } from 'vitest';
import { createReceiver } from '../fixtures/receiver.js';
import { schemeOf } from '../fixtures/scheme-of.js';
import { startSandbox } from '../index.js';

const scheme = schemeOf(wooCommerce);

it('knows every topic that the sandbox sends, over HTTP', async () => {
  const receiver = await createReceiver();
  const sandbox = await startSandbox({ platforms: ['woocommerce'], days: 5 });
  const { woocommerce } = sandbox;
  const { account } = wooCommerce.connect(woocommerce.credentials, sandbox.http);
  expect([...woocommerce.webhookTopics].sort()).toEqual([...scheme.topics].sort());
  for (const topic of woocommerce.webhookTopics) {
    await woocommerce.sendWebhook(topic, { to: receiver.url });
    const got = receiver.take();
    expect(scheme.verify(got, [woocommerce.webhookSecret ?? ''], sandbox.now())).toEqual({ verified: true });
    const event = scheme.read(got);
    expect(event).toMatchObject({ topic, account });
    expect(event && scheme.apply(event)).not.toMatchObject({ kind: 'ignored' });
    expect(event && scheme.apply(event)).not.toMatchObject({ rejected: [{}] });
  }
  await Promise.all([sandbox.close(), receiver.close()]);
});
