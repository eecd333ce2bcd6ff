import Stripe from 'stripe';
import { afterEach, describe, expect, it } from 'vitest';
import { AccessLostError } from '../errors.js';
import type { Json, ReadOptions, Stream } from '../platform.js';
import type { PlatformRecord } from '../records/record.js';
import { type Sandbox, startSandbox } from '../sandbox/index.js';
import { STRIPE_VERSION, stripe } from './index.js';
import { stripeDecimalsOf, stripeMoney } from './money.js';

describe('money', () => {
  it.each([
    [1_999, 'eur', { amount: 1_999, currency: 'EUR' }],
    [500, 'jpy', { amount: 500, currency: 'JPY' }],
    [5_120, 'kwd', { amount: 5_120, currency: 'KWD' }],
    // Two decimals at Stripe, none in ISO 4217.
    [500, 'isk', { amount: 5, currency: 'ISK' }],
    [500, 'ugx', { amount: 5, currency: 'UGX' }],
    // None at Stripe, two in ISO 4217.
    [5, 'mga', { amount: 500, currency: 'MGA' }],
  ])('%d %s', (amount, currency, money) => expect(stripeMoney(amount, currency)).toEqual(money));

  it('an amount that is no whole number of minor units is refused', () => {
    expect(() => stripeMoney(501, 'isk')).toThrow(RangeError);
    expect(stripeDecimalsOf('USD')).toBe(2);
  });
});

it('pins the version that Stripe’s client pins', () => expect(Stripe.API_VERSION).toBe(STRIPE_VERSION));

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

  it('a watermark that is older than Stripe’s events makes a full read', async () => {
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

it.each(['', 'pk_live_1', 'sk live', 'sk_live_1\nx'])('the key %j is refused', (secretKey) => {
  expect(stripe.credentials.safeParse({ secretKey }).success).toBe(false);
});

it.each([
  ['sk_live_51H', 'live'],
  ['rk_live_51H', 'live'],
  ['sk_test_51H', 'test'],
  ['rk_test_51H', 'test'],
  ['sk_org_live_51H', 'live'],
  ['sk_51Hlive_test', undefined],
])('the key %s is of the mode %s', (secretKey, mode) => {
  expect(stripe.modeOf?.(stripe.credentials.parse({ secretKey }))).toBe(mode);
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
