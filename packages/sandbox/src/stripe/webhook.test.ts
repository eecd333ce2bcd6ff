import { stripe as platform } from '@bizinsights/jobs-platforms/stripe';
import Stripe from 'stripe';
import { expect, it } from 'vitest';
import { createReceiver } from '../fixtures/receiver.js';
import { schemeOf } from '../fixtures/scheme-of.js';
import { startSandbox } from '../index.js';

const oracle = new Stripe('sk_test_1');
const stripeWebhook = schemeOf(platform);

it('knows every topic that the sandbox sends, over HTTP', async () => {
  const receiver = await createReceiver();
  const sandbox = await startSandbox({ platforms: ['stripe'] });
  const { stripe } = sandbox;
  for (const topic of stripe.webhookTopics) {
    await stripe.sendWebhook(topic, { to: receiver.url });
    const got = receiver.take();
    expect(stripeWebhook.verify(got, [stripe.webhookSecret ?? ''], sandbox.now())).toEqual({ verified: true });
    const event = stripeWebhook.read(got);
    expect(event?.topic).toBe(topic);
    expect(event && stripeWebhook.apply(event).kind).not.toBe('ignored');
    expect(() =>
      oracle.webhooks.constructEvent(
        Buffer.from(got.body),
        got.headers.get('stripe-signature') ?? '',
        stripe.webhookSecret ?? '',
        300,
        undefined,
        sandbox.now(),
      ),
    ).not.toThrow();
  }
  await Promise.all([sandbox.close(), receiver.close()]);
});
