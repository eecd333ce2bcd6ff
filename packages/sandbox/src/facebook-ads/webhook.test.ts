import { createFacebookAds } from '@bizinsights/jobs-platforms/facebook-ads';
import { expect, it } from 'vitest';
import { createReceiver } from '../fixtures/receiver.js';
import { schemeOf } from '../fixtures/scheme-of.js';
import { startSandbox } from '../index.js';

const platform = createFacebookAds();
const facebookWebhook = schemeOf(platform);

it('knows every topic that the sandbox sends, over HTTP', async () => {
  const receiver = await createReceiver();
  const sandbox = await startSandbox({ platforms: ['facebook-ads'], days: 5 });
  const server = sandbox['facebook-ads'];
  const { account } = platform.connect(server.credentials, sandbox.http);
  for (const topic of server.webhookTopics) {
    await server.sendWebhook(topic, { to: receiver.url });
    const got = receiver.take();
    expect(facebookWebhook.verify(got, [server.webhookSecret ?? ''], sandbox.now())).toEqual({ verified: true });
    const event = facebookWebhook.read(got);
    expect(event).toMatchObject({ topic, occurredAt: sandbox.now() });
    expect(event?.accounts ?? [event?.account]).toContain(account);
    expect(event?.accounts?.length).toBe(topic === 'ad_account' ? 2 : undefined);
    expect(event && facebookWebhook.apply(event)).toMatchObject({ kind: 'sync' });
  }
  await Promise.all([sandbox.close(), receiver.close()]);
});
