import type { Json, Page, PlatformRecord, ReadOptions } from '@bizinsights/jobs-platforms';
import { stripe } from '@bizinsights/jobs-platforms/stripe';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../index.js';

describe('a sync', () => {
  let sandbox: Sandbox;
  afterEach(() => sandbox.close());

  async function read(options: Partial<ReadOptions> = {}) {
    const [stream] = stripe.connect(sandbox.stripe.credentials, sandbox.http).streams;
    const pages: Page[] = [];
    const signal = AbortSignal.timeout(20_000);
    const all: ReadOptions = { mode: 'full', cursor: undefined, signal, now: sandbox.now, ...options };
    for await (const page of stream?.read(all) ?? []) pages.push(page);
    const cursor: Json | undefined = pages.at(-1)?.cursor;
    return { records: pages.flatMap(({ records }) => records), cursor };
  }

  it('brings a hold as pending, and what was captured of it as soon as it was', async () => {
    sandbox = await startSandbox({ platforms: ['stripe'], days: 0 });
    sandbox.change();
    const order = sandbox.shop.orders.at(-1);
    if (!order) throw new Error('Nobody has bought anything');
    // Behind the events that tell of its payment.
    sandbox.advance(60_000);
    Object.assign(order, { payment: 'paid', captured: 0 });
    const ofOrder = (records: readonly PlatformRecord[]) => records.findLast(({ id }) => id.endsWith(`${order.id}`));
    const first = await read();
    expect(ofOrder(first.records)).toMatchObject({ status: 'pending', amount: { amount: 0 }, refunded: { amount: 0 } });
    order.captured = order.total - 1;
    const second = await read({ mode: 'incremental', cursor: first.cursor });
    expect(ofOrder(second.records)).toMatchObject({ status: 'succeeded', amount: { amount: order.total - 1 } });
  });
});
