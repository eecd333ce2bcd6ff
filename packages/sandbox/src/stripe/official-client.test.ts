// Stripe's own client works against the sandbox unchanged.
import Stripe from 'stripe';
import { afterEach, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../index.js';

let sandbox: Sandbox;
afterEach(() => sandbox.close());

async function connect(key?: string): Promise<Stripe> {
  sandbox = await startSandbox({ platforms: ['stripe'], days: 40 });
  const { hostname, port } = new URL(sandbox.stripe.url);
  const options = { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false } as const;
  return new Stripe(key ?? sandbox.stripe.credentials.secretKey, options);
}

it('lists all charges and customers, page by page, down and up', async () => {
  const stripe = await connect();
  const { orders, customers } = sandbox.shop;
  const down: string[] = [];
  for await (const charge of stripe.charges.list({ limit: 37 })) down.push(charge.id);
  expect(new Set(down).size).toBe(orders.length);
  expect(down).toHaveLength(orders.length);

  const up: string[] = [];
  for await (const charge of stripe.charges.list({ limit: 37, ending_before: down.at(-1) ?? '' })) up.push(charge.id);
  expect(up).toEqual(down.slice(0, -1).reverse());

  const found = await stripe.customers.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
  expect(found.map(({ email }) => email)).toEqual(customers.map(({ email }) => email).reverse());
});

it('filters by time and type, and gives one by its id', async () => {
  const stripe = await connect();
  const from = Math.floor(sandbox.now() / 1_000) - 3 * 86_400;
  const recent = await stripe.charges.list({ created: { gte: from }, limit: 100 });
  expect(recent.data.length).toBeGreaterThan(5);
  expect(recent.data.every(({ created }) => created >= from)).toBe(true);
  const [first] = recent.data;
  expect(await stripe.charges.retrieve(first?.id ?? '')).toMatchObject({ id: first?.id, amount: first?.amount });

  const refunds = await stripe.events.list({ types: ['charge.refunded'], limit: 100 });
  expect(refunds.data.length).toBeGreaterThan(0);
  expect(new Set(refunds.data.map(({ type }) => type))).toEqual(new Set(['charge.refunded']));
  const all = await stripe.events.list({ type: 'charge.*', limit: 1 });
  expect(all.has_more).toBe(true);
});

it('keeps events for 30 days', async () => {
  const stripe = await connect();
  const events = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
  expect(events.length).toBeGreaterThan(300);
  expect(events.at(-1)?.created).toBeGreaterThan(sandbox.now() / 1_000 - 30 * 86_400 - 1);
});

it('refuses in a way that the client understands', async () => {
  const stripe = await connect();
  await expect(stripe.charges.retrieve('ch_none')).rejects.toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
  await expect(stripe.charges.list({ starting_after: 'ch_none' })).rejects.toMatchObject({ code: 'resource_missing' });
  await expect(stripe.charges.list({ limit: 101 })).rejects.toMatchObject({ param: 'limit' });
  sandbox.stripe.faults.push('rate-limited', 'server-error', 'cut', 'cut');
  await expect(stripe.charges.list()).rejects.toBeInstanceOf(Stripe.errors.StripeRateLimitError);
  await expect(stripe.charges.list()).rejects.toBeInstanceOf(Stripe.errors.StripeAPIError);
  await expect(stripe.charges.list()).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
  sandbox.stripe.accessLost = true;
  await expect(stripe.charges.list()).rejects.toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
});

it('names the account of its key, but not to a restricted one', async () => {
  const stripe = await connect();
  expect(await stripe.accounts.retrieve(null)).toMatchObject({ object: 'account', id: 'acct_1GlazeAndCo' });
  await sandbox.close();
  const restricted = await connect('rk_test_51GlazeAndCoSandbox');
  expect((await restricted.charges.list()).data.length).toBeGreaterThan(0);
  const account = restricted.accounts.retrieve(null);
  await expect(account).rejects.toBeInstanceOf(Stripe.errors.StripePermissionError);
});

it('refuses a key that is not its own', async () => {
  const stripe = await connect('sk_test_other');
  await expect(stripe.charges.list()).rejects.toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
});
