import type { Page } from '@bizinsights/jobs-platforms';
import { shopify } from '@bizinsights/jobs-platforms/shopify';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../index.js';

describe('against the sandbox', () => {
  let sandbox: Sandbox;
  afterEach(() => sandbox.close());

  it('an incremental read asks for what has changed, with an overlap', async () => {
    sandbox = await startSandbox({ platforms: ['shopify'], days: 20 });
    const { credentials } = sandbox.shopify;
    const [stream] = shopify.connect(credentials, sandbox.http).streams;
    const options = { signal: AbortSignal.timeout(9_000), now: sandbox.now };
    let cursor: Page['cursor'] | undefined;
    for await (const one of stream?.read({ ...options, mode: 'full', cursor }) ?? []) ({ cursor } = one);
    sandbox.advance(2 * 3_600_000);
    const before = sandbox.shopify.requests.length;
    for await (const one of stream?.read({ ...options, mode: 'incremental', cursor }) ?? []) ({ cursor } = one);
    const asked = sandbox.shopify.requests.slice(before);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body).toMatch(/updated_at:>='2026-11-24T\d\d:\d\d:\d\dZ'/);
  });

  it('a wrong version or path is no shop', async () => {
    sandbox = await startSandbox({ platforms: ['shopify'], days: 1 });
    expect((await fetch(`${sandbox.shopify.url}/admin/api/2020-01/graphql.json`, { method: 'POST' })).status).toBe(404);
  });
});
