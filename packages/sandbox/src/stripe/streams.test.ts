import {
  AccessLostError,
  type Json,
  type PlatformRecord,
  type ReadOptions,
  type Stream,
} from '@bizinsights/jobs-platforms';
import { stripe } from '@bizinsights/jobs-platforms/stripe';
import Stripe from 'stripe';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../index.js';

describe('streams', () => {
  let sandbox: Sandbox;
  afterEach(() => sandbox.close());

  const streamOf = (name: string): Stream => {
    const { streams } = stripe.connect(sandbox.stripe.credentials, sandbox.http);
    const stream = streams.find((one) => one.name === name);
    if (!stream) throw new Error(`no ${name}`);
    return stream;
  };
  async function read(stream: Stream, options: Partial<ReadOptions> = {}) {
    const records: PlatformRecord[] = [];
    let cursor: Json | undefined;
    const signal = AbortSignal.timeout(20_000);
    for await (const page of stream.read({ mode: 'full', cursor: undefined, signal, now: sandbox.now, ...options })) {
      records.push(...page.records);
      ({ cursor } = page);
    }
    return { records, cursor };
  }

  it('a connected account is named with each request', async () => {
    sandbox = await startSandbox({ platforms: ['stripe'], days: 2 });
    const { credentials } = sandbox.stripe;
    const readOf = async (accountId: string) => {
      const connection = stripe.connect({ ...credentials, accountId }, sandbox.http);
      expect(connection.account).toBe(accountId);
      const [stream] = connection.streams;
      return stream && (await read(stream)).records.length;
    };
    expect(await readOf('acct_1GlazeAndCo')).toBe(sandbox.shop.orders.length);
    await expect(readOf('acct_other')).rejects.toBeInstanceOf(AccessLostError);
  });

  it('a dispute is found by its event, and the charge is fetched', async () => {
    sandbox = await startSandbox({ platforms: ['stripe'], days: 20, seed: 3 });
    const first = await read(streamOf('charges'));
    sandbox.advance(20 * 86_400_000);
    const second = await read(streamOf('charges'), { mode: 'incremental', cursor: first.cursor });
    const charges = new Map([...first.records, ...second.records].map((record) => [record.id, record]));
    const disputed = [...charges.values()].filter((record) => record.kind === 'charge' && record.disputed);
    expect(disputed).toHaveLength(sandbox.shop.orders.filter((order) => order.disputed).length);
    expect(sandbox.stripe.requests.filter(({ path }) => path.startsWith('/v1/charges/'))).not.toHaveLength(0);
  });

  it('reads everything where the last read has ended before Stripe’s events begin', async () => {
    sandbox = await startSandbox({ platforms: ['stripe'], days: 5 });
    const { cursor } = await read(streamOf('charges'));
    sandbox.advance(40 * 86_400_000);
    const { records } = await read(streamOf('charges'), { mode: 'incremental', cursor });
    expect(new Set(records.map(({ id }) => id)).size).toBe(sandbox.shop.orders.length);
  });

  it('an incremental read asks for little', async () => {
    sandbox = await startSandbox({ platforms: ['stripe'], days: 60 });
    const { cursor } = await read(streamOf('charges'));
    const before = sandbox.stripe.requests.length;
    sandbox.advance(3 * 3_600_000);
    const { records } = await read(streamOf('charges'), { mode: 'incremental', cursor });
    expect(sandbox.stripe.requests.length - before).toBe(2);
    expect(records.length).toBeLessThan(20);
  });

  it('`since` leaves out what is older', async () => {
    sandbox = await startSandbox({ platforms: ['stripe'], days: 60 });
    const since = sandbox.now() - 2 * 86_400_000;
    const { records } = await read(streamOf('charges'), { since });
    const recent = sandbox.shop.orders.filter(({ updatedAt }) => updatedAt >= since);
    expect(new Set(records.map(({ id }) => id)).size).toBe(recent.length);
    expect(records.every(({ updatedAt }) => updatedAt >= since)).toBe(true);
  });
});

it('shows a live key live objects, and a test key those of tests', async () => {
  const sandbox = await startSandbox({ platforms: ['stripe'], days: 2 });
  const { hostname, port } = new URL(sandbox.stripe.url);
  for (const mode of ['test', 'live']) {
    const client = new Stripe(`sk_${mode}_51GlazeAndCoSandbox`, { host: hostname, port, protocol: 'http' });
    const lists = [client.charges.list(), client.customers.list(), client.events.list()];
    for (const { data } of await Promise.all(lists)) {
      expect(new Set(data.map(({ livemode }) => livemode))).toEqual(new Set([mode === 'live']));
    }
  }
  await sandbox.close();
});
